// Prints what promptfoo sends for an evaluation: node promptfoo_says.js FOLDER/node_modules/promptfoo CONFIG
// Answers are those of its provider `echo`; nothing is asserted.
const path = require("node:path");
const [, , where, config] = process.argv;
const part = (name) => require(path.join(where, "dist", "src", name));
const passed = { pass: true, score: 1, reason: "", namedScores: {}, tokensUsed: {} };
const assertions = part("assertions/index.js");
assertions.runAssertions = async () => passed;
assertions.runCompareAssertion = async (_test, _assertion, outputs) => outputs.map(() => passed);

(async () => {
  process.chdir(path.dirname(config));
  const { testSuite } = await part("util/config/load.js").resolveConfigs({ config: [config], providers: ["echo"] }, {});
  testSuite.providerPromptMap = {};
  const Eval = part("models/eval.js").default;
  const done = await part("evaluator.js").evaluate(testSuite, new Eval({}), { maxConcurrency: 1, showProgressBar: false });
  const cells = done.results.map((each) => ({
    test: each.testIdx,
    prompt: each.promptIdx,
    sent: each.prompt.raw,
    assert: each.testCase.assert || [],
    threshold: each.testCase.threshold ?? null,
    metadata: each.testCase.metadata || {},
  }));
  cells.sort((a, b) => a.test - b.test || a.prompt - b.prompt);
  process.stdout.write(`\n<<<${JSON.stringify(cells)}>>>\n`);
  process.exit(0);
})().catch((error) => {
  console.error(error);
  process.exit(1);
});
