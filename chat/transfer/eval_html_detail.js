// The detail of a cell, in a dialog: the answer, what was expected, their difference word by word, each check, and
// the request. It stands behind the table's script, whose names it uses.
const dialog = byId("detail"), inside = byId("inside");
const at = { row: 0, column: 0, repeat: 0, against: null };

function open(row, column) {
  Object.assign(at, { row, column: Math.max(0, column - 1), repeat: 0, against: null });
  detailed();
  if (!dialog.open) dialog.showModal();
  dialog.focus();
}

function step(rows, across) {
  const row = at.row + rows, column = at.column + across;
  if (row < 0 || row >= view.rows.length || column < 0 || column >= columns.length) return;
  Object.assign(at, { row, column, repeat: 0 });
  detailed();
}

function detailed() {
  const found = view.rows[at.row], column = columns[at.column];
  const samples = found.cells[at.column], sample = samples[at.repeat];
  byId("which").textContent = `Case ${found.place + 1} · ${column.letter} ${column.label}`;
  byId("case-before").disabled = at.row === 0;
  byId("case-after").disabled = at.row === view.rows.length - 1;
  byId("column-before").disabled = at.column === 0;
  byId("column-after").disabled = at.column === columns.length - 1;
  const parts = [];
  if (samples.length > 1) parts.push(repeatsOf(samples));
  parts.push(...(sample ? resultOf(sample) : [make("p", {}, badge(OPEN))]));
  parts.push(caseOf(found));
  if (sample) {
    const expected = sample.expected ?? found.expected;
    parts.push(section("Answer", textBlock(sample.answer ?? "", sample.answer === undefined ? "There is none." : "It is empty.")));
    if (expected !== undefined) parts.push(section("Expected", textBlock(expected, "An empty text.")));
    parts.push(comparedOf(found, sample, expected));
    const [request, judges] = JSON.parse(beside.get(sample));
    parts.push(checksOf(found, sample), judgesOf(judges), requestOf(request));
  }
  inside.replaceChildren(...parts.filter((each) => each));
  inside.scrollTop = 0;
  try { history.replaceState(null, "", `#case-${found.place + 1}-${column.letter}`); } catch { /* a page without an address */ }
}

const section = (title, ...inner) => make("section", {}, make("h3", {}, title), ...inner);

function repeatsOf(samples) {
  const buttons = samples.map((sample, place) => make("button", {
    type: "button", "aria-pressed": String(place === at.repeat),
    on: { click: () => { at.repeat = place; detailed(); inside.querySelector("[aria-pressed=true]").focus(); } },
  }, `${OF_STATE.get(sample.mark)[2]} ${place + 1}`));
  return make("div", { class: "repeats", role: "group", "aria-label": "answers" }, "Answer ", ...buttons);
}

const WITHOUT = {
  open: "It was not asked yet.", sent: "It was sent, and no answer was kept.", answered: "It was not judged yet.",
};

function resultOf(sample) {
  const facts = [
    ["score", score(sample.score)], ["latency", seconds(sample.seconds)],
    ["cost", sample.answer === undefined ? "" : dollars(sample.cost) || "unknown"],
    ["tokens", sample.tokens ? `${tokens(sample.tokens[0])} in, ${tokens(sample.tokens[1])} out` : ""],
    ["finish reason", sample.finish], ["model", sample.model],
    ["sent", sample.at ? new Date(sample.at * 1000).toISOString().slice(0, 19).replace("T", " ") + " UTC" : ""],
    ["tries", sample.tries ? `${sample.tries}${sample.lost ? `, ${sample.lost} of them lost` : ""}` : ""],
    ["judging cost", dollars(sample.judging)],
    ["judge's verdicts that turned with the order", sample.turned ? `${sample.turned[0]} of ${sample.turned[1]}` : ""],
    ["your rating", sample.rating === undefined ? "" : sample.rating > 0 ? "good" : "bad"],
  ].filter((pair) => pair[1]);
  const list = make("dl", { class: "facts" });
  for (const [name, value] of facts) list.append(make("div", {}, make("dt", {}, name), make("dd", {}, value)));
  const why = [sample.kind, sample.error].filter((each) => each).join(": ") || sample.why || WITHOUT[sample.state] || "";
  const refused = sample.refusal ? make("p", { lang: "" }, `The model refused: ${sample.refusal}`) : null;
  return [make("p", { class: "verdict" }, badge(sample.mark), why ? ` ${why}` : ""), refused, list];
}

const tokens = (count) => count === null || count === undefined ? "?" : plain.format(count);

function caseOf(found) {
  const list = make("dl", { class: "variables" });
  for (const [name, value] of found.variables || []) {
    list.append(make("dt", {}, name), make("dd", {}, textBlock(value, "An empty text.")));
  }
  const where = [found.group ? `group ${found.group}` : "", found.where || ""].filter((each) => each).join(" · ");
  return section("Case", found.about ? make("p", { lang: "" }, found.about) : null, where ? make("p", { class: "dim" }, where) : null,
    list.children.length ? list : make("p", { class: "dim" }, "It has no variables."));
}

// A text as it is; the rest of a long one when it is asked for.
function textBlock(text, empty) {
  if (!text) return make("p", { class: "dim" }, empty);
  const block = make("pre", { lang: "", tabindex: "0" }, text.slice(0, MOST_SHOWN));
  if (text.length <= MOST_SHOWN) return block;
  const more = make("button", { type: "button", on: { click: () => { block.textContent = text; more.remove(); } } },
    `Show all ${plain.format(text.length)} characters`);
  return make("div", {}, block, more);
}

function comparedOf(found, sample, expected) {
  const choices = [];
  if (expected !== undefined) choices.push(["what is expected", expected]);
  columns.forEach((column, place) => {
    const other = found.cells[place][Math.min(at.repeat, found.cells[place].length - 1)];
    if (place !== at.column && other && other.answer !== undefined) {
      choices.push([`the answer of ${column.letter} ${column.label}`, other.answer]);
    }
  });
  found.cells[at.column].forEach((other, place) => {
    if (place !== at.repeat && other.answer !== undefined) choices.push([`answer ${place + 1} of this column`, other.answer]);
  });
  if (!choices.length || sample.answer === undefined) return null;
  const picked = Math.max(0, choices.findIndex((each) => each[0] === at.against));
  const select = make("select", { id: "against" }, ...choices.map((each, place) =>
    make("option", { value: String(place), selected: place === picked }, each[0].slice(0, 80))));
  const shown = make("div", {}, diffBlock(choices[picked][1], sample.answer));
  select.addEventListener("change", () => {
    at.against = choices[+select.value][0];
    shown.replaceChildren(diffBlock(choices[+select.value][1], sample.answer));
  });
  return section("Word by word", make("p", {}, make("label", { for: "against" }, "What the answer changes in "), select), shown);
}

function diffBlock(before, after) {
  if (before === after) return make("p", { class: "dim" }, "Both are the same.");
  const pieces = wordDiff(before, after);
  if (pieces === null) return make("p", { class: "dim" }, "They are too long, or too different, to compare word by word.");
  const block = make("pre", { class: "diff", lang: "", tabindex: "0" });
  let room = MOST_SHOWN;
  for (const [text, kind] of pieces) {
    const cut = text.slice(0, room);
    room -= cut.length;
    block.append(kind === SAME ? cut : make(kind === GONE ? "del" : "ins", {}, cut));
    if (room <= 0) { block.append(" …"); break; }
  }
  return block;
}

function checksOf(found, sample) {
  const rows = [];
  const add = (checks, expects, depth) => Array.isArray(checks) && checks.forEach((check, place) => {
    const whole = check.type === undefined ? { ...(expects[place] || {}), ...check } : check;
    rows.push(checkOf(whole, depth));
    add(check.inner || [], (check.type === undefined && expects[place] && expects[place].inner) || [], depth + 1);
  });
  add(sample.checks || [], found.expects || [], 0);
  if (!rows.length) return section("Checks", make("p", { class: "dim" }, "Nothing was checked."));
  const head = make("tr", {}, ...["Check", "Verdict", "Score", "Reason"].map((name) => make("th", { scope: "col" }, name)));
  return section("Checks", make("table", { class: "checks" }, make("thead", {}, head), make("tbody", {}, ...rows)));
}

function checkOf(check, depth) {
  const state = check.passed === true ? PASS : check.passed === false ? FAIL : UNCHECKED;
  const notes = [
    check.threshold === undefined ? "" : `threshold ${check.threshold}`, check.weight === undefined ? "" : `weight ${check.weight}`,
    check.metric ? `metric ${check.metric}` : "", check.judged ? "judged by a model" : "",
  ].filter((each) => each).join(" · ");
  const value = (check.value || "") + (check.config ? `\n${check.config}` : "");
  const said = value ? make("details", { open: value.length < 160 }, make("summary", {}, "against"), textBlock(value, "")) : null;
  return make("tr", { class: `depth${Math.min(depth, 4)}` },
    make("td", {}, make("b", {}, check.type || "?"), notes ? make("div", { class: "dim" }, notes) : null, said),
    make("td", {}, badge(state)), make("td", {}, score(check.score)), make("td", { lang: "" }, check.why || ""));
}

function judgesOf(judges) {
  if (!judges.length) return null;
  return section("Judges", ...judges.map((judge) => {
    const facts = [judge.type, judge.model, dollars(judge.cost)].filter((each) => each).join(" · ");
    const asked = make("details", {}, make("summary", {}, "what it was asked"), textBlock(judge.asked, "Nothing."));
    return make("div", {}, make("p", { class: "dim" }, facts), textBlock(judge.answer, "It gave no answer."), asked);
  }));
}

function requestOf(request) {
  return section("Request", request
    ? make("details", {}, make("summary", {}, "As it went out, as JSON"), textBlock(request, ""))
    : make("p", { class: "dim" }, "None went out."));
}

byId("case-before").addEventListener("click", () => step(-1, 0));
byId("case-after").addEventListener("click", () => step(1, 0));
byId("column-before").addEventListener("click", () => step(0, -1));
byId("column-after").addEventListener("click", () => step(0, 1));
byId("close").addEventListener("click", () => dialog.close());
dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
dialog.addEventListener("close", () => {
  try { history.replaceState(null, "", location.pathname + location.search); } catch { /* as above */ }
  focusCell(at.row, at.column + 1);
});
dialog.addEventListener("keydown", (event) => {
  if (/^(SELECT|PRE|INPUT)$/.test(event.target.tagName) || event.altKey || event.ctrlKey || event.metaKey) return;
  const way = { ArrowLeft: [0, -1], ArrowRight: [0, 1], k: [-1, 0], j: [1, 0] }[event.key];
  if (way) { event.preventDefault(); step(...way); }
});
