// Hold answers against assertions by the real promptfoo, without its command line: `node promptfoo.cjs FOLDER`,
// where FOLDER has node_modules with promptfoo. Reads cases as JSON from standard input, writes results as JSON.
const { createRequire } = require('module');
const path = require('path');
const there = createRequire(path.join(path.resolve(process.argv[2]), 'x.js'));

async function main() {
  const write = process.stdout.write.bind(process.stdout);
  process.stdout.write = () => true; // its log goes nowhere
  const promptfoo = there('promptfoo');
  const cases = JSON.parse(require('fs').readFileSync(0, 'utf8'));
  const results = [];
  for (const each of cases) {
    const provider = await promptfoo.loadApiProvider('openai:chat:gpt-4o-mini', {
      options: { config: { apiKey: 'none', ...(each.config || {}) } },
    });
    try {
      const made = await promptfoo.assertions.runAssertions({
        prompt: each.prompt || 'prompt',
        provider,
        providerResponse: each.response,
        latencyMs: each.latencyMs,
        test: { vars: each.vars || {}, assert: each.assert, threshold: each.threshold },
      });
      results.push({ pass: made.pass, score: made.score, reason: String(made.reason).slice(0, 160) });
    } catch (error) {
      results.push({ error: String(error.message).slice(0, 160) });
    }
  }
  const kept = path.join(process.argv[2], 'node_modules/promptfoo/package.json');
  const version = JSON.parse(require('fs').readFileSync(kept, 'utf8')).version;
  write(JSON.stringify({ version, results }), () => process.exit(0));
}

main();
