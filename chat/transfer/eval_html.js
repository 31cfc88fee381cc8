// The table of an evaluation's report: filters, search, sorting, and the detail of a cell. Everything that anybody
// said is put in as text. Rows are made when they come into view.
const byId = (id) => document.getElementById(id);
const linesOf = (id) => byId(id).textContent.trim().split("\n").filter((line) => line);
const about = JSON.parse(byId("about").textContent);
const columns = about.columns;
const PASS = 1, FAIL = 2, UNCHECKED = 4, ERROR = 8, OPEN = 16;
const STATES = [
  ["pass", PASS, "✓", "pass"], ["fail", FAIL, "✗", "fail"], ["unchecked", UNCHECKED, "?", "not checked"],
  ["error", ERROR, "!", "error"], ["open", OPEN, "·", "no answer yet"],
];
const OF_STATE = new Map(STATES.map((each) => [each[1], each]));
const MOST_SHOWN = 60000; // characters of a text that are shown unasked

function make(tag, names = {}, ...inside) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(names)) {
    if (name === "class") made.className = value;
    else if (name === "on") for (const [event, act] of Object.entries(value)) made.addEventListener(event, act);
    else if (value !== null && value !== false) made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...inside.filter((each) => each !== null && each !== undefined && each !== ""));
  return made;
}

// ---- figures in words

const plain = new Intl.NumberFormat("en");
const seconds = (value) => value === undefined ? "" : value < 10 ? `${value.toFixed(2)} s` : `${value.toFixed(1)} s`;
const dollars = (value) => value === undefined ? "" : value === 0 ? "$0"
  : `$${value.toFixed(value >= 1 ? 2 : value >= 0.0001 ? 4 : 6)}`;
const score = (value) => value === null || value === undefined ? "" : String(+value.toFixed(3));
const mean = (values) => values.length ? values.reduce((sum, each) => sum + each, 0) / values.length : null;

// ---- what there is

// What a case is called: what its file says of it, or else the beginnings of its values.
function nameOf(found) {
  const values = (found.variables || []).map((pair) => pair[1].slice(0, 200).replace(/\s+/g, " ").trim());
  return found.about || values.filter((value) => value).join(" · ").slice(0, 400) || "(no variables)";
}

function stateOf(sample) {
  if (sample.error || sample.state === "failed") return ERROR;
  if (sample.state === "open" || sample.state === "sent") return OPEN;
  return sample.passed === true ? PASS : sample.passed === false ? FAIL : UNCHECKED;
}

const cases = linesOf("cases").map((line, place) => {
  const found = JSON.parse(line);
  return Object.assign(found, {
    place, name: nameOf(found), cells: columns.map(() => []), states: columns.map(() => 0), any: 0, differs: false, text: null,
  });
});
const beside = new Map(); // of each sample, a line with its request and its judges
{
  const lines = linesOf("samples");
  for (let at = 0; at + 1 < lines.length; at += 2) {
    const sample = JSON.parse(lines[at]), found = cases[sample.case];
    if (!found || !found.cells[sample.column]) continue;
    sample.mark = stateOf(sample);
    beside.set(sample, lines[at + 1]);
    found.cells[sample.column].push(sample);
    found.states[sample.column] |= sample.mark;
  }
}
for (const each of cases) {
  const outcomes = []; // of the columns that are through with the case
  each.states.forEach((state, column) => {
    const samples = each.cells[column];
    if (!samples.length) each.states[column] = state = OPEN;
    samples.sort((a, b) => (a.repeat || 0) - (b.repeat || 0));
    each.any |= state;
    if (samples.length >= about.repeat && samples.every((sample) => sample.state === "judged" || sample.mark === ERROR)) {
      outcomes.push(samples.map((sample) => sample.mark).sort().join());
    }
  });
  each.differs = outcomes.some((outcome) => outcome !== outcomes[0]);
}

const scoresOf = (found, column) => found.cells[column].map((sample) => sample.score)
  .filter((value) => typeof value === "number");
const scoreOf = (found, column) => mean(column < 0
  ? columns.map((_, place) => mean(scoresOf(found, place))).filter((value) => value !== null)
  : scoresOf(found, column));
function apart(found) {
  const known = columns.map((_, place) => mean(scoresOf(found, place))).filter((value) => value !== null);
  return known.length > 1 ? Math.max(...known) - Math.min(...known) : null;
}
const measured = (name) => (found, column) => mean(found.cells
  .filter((_, place) => column < 0 || place === column).flat()
  .map((sample) => sample[name]).filter((value) => typeof value === "number"));

// What the search looks through: all that was said of a case, its answers included.
function textOf(found) {
  if (found.text !== null) return found.text;
  const said = [found.about, found.group, found.expected, ...(found.variables || []).map((pair) => pair[1])];
  for (const sample of found.cells.flat()) {
    said.push(sample.answer, sample.error, sample.why, sample.expected);
    for (const check of sample.checks || []) said.push(check.why);
  }
  return found.text = said.filter((each) => each).join("\n").toLowerCase();
}

// ---- filters, search, order

const view = { states: 0, differs: false, judged: false, column: -1, sort: "case", search: "", rows: [] };
const SORTS = {
  case: null,
  low: [scoreOf, 1], high: [scoreOf, -1], apart: [apart, -1],
  slow: [measured("seconds"), -1], dear: [measured("cost"), -1],
};

function holds(found) {
  const state = view.column < 0 ? found.any : found.states[view.column];
  return (!view.states || (state & view.states) !== 0) && (!view.differs || found.differs)
    && (!view.judged || found.judged) && (!view.search || textOf(found).includes(view.search));
}

function choose() {
  const rows = cases.filter(holds);
  const sort = SORTS[view.sort];
  if (sort) {
    const [of, way] = sort, keys = new Map(rows.map((each) => [each, of(each, view.column)]));
    rows.sort((a, b) => {
      const one = keys.get(a), other = keys.get(b);
      if (one === null || other === null) return (one === null) - (other === null) || a.place - b.place;
      return way * (one - other) || a.place - b.place;
    });
  }
  view.rows = rows;
  byId("count").textContent = rows.length === cases.length ? `${plain.format(cases.length)} cases`
    : `${plain.format(rows.length)} of ${plain.format(cases.length)} cases`;
  byId("none").hidden = rows.length > 0;
  for (const head of heads) {
    const sorted = +head.dataset.column === view.column && { low: "ascending", high: "descending" }[view.sort];
    head.parentElement.setAttribute("aria-sort", sorted || "none");
  }
  grid.setAttribute("aria-rowcount", rows.length + 1);
  for (const row of made.values()) row.remove();
  made.clear();
  active.row = 0;
  grid.scrollTop = 0;
  sized();
}

// ---- the grid: rows of one height, of which those in view are made

const grid = byId("grid"), body = byId("rows"), made = new Map();
const active = { row: 0, column: 0 };
const narrow = matchMedia("(max-width: 44rem)");
let height = 80;

function sized() {
  const rem = parseFloat(getComputedStyle(document.documentElement).fontSize) || 16;
  height = Math.round(rem * (narrow.matches ? 3 + 3.9 * columns.length : 4.6));
  body.style.height = `${height * view.rows.length}px`;
  for (const [place, row] of made) row.style.transform = `translateY(${place * height}px)`;
  for (const row of made.values()) row.style.height = `${height}px`;
  drawn();
}

function drawn() {
  const top = Math.max(0, Math.floor((grid.scrollTop - body.offsetTop) / height) - 4);
  const end = Math.min(view.rows.length, Math.ceil((grid.scrollTop + grid.clientHeight) / height) + 4);
  for (const [place, row] of made) {
    if ((place < top || place >= end) && place !== active.row) { row.remove(); made.delete(place); }
  }
  for (let place = top; place < end; place++) shownRow(place);
  if (active.row < view.rows.length) shownRow(active.row);
}

function shownRow(place) {
  if (!made.has(place)) {
    const row = rowOf(view.rows[place], place);
    made.set(place, row);
    body.append(row);
  }
  return made.get(place);
}

function rowOf(found, place) {
  const row = make("div", { role: "row", class: "row", "aria-rowindex": place + 2 });
  row.style.height = `${height}px`;
  row.style.transform = `translateY(${place * height}px)`;
  const tab = (column) => place === active.row && column === active.column ? "0" : "-1";
  const title = make("span", { class: "name", lang: "" }, found.name);
  const number = make("span", { class: "number" }, `${found.place + 1}`, found.differs ? " · differ" : "",
    found.judged ? " · judged" : "", found.group ? ` · ${found.group.slice(0, 40)}` : "");
  row.append(make("div", { role: "rowheader", class: "cell head", tabindex: tab(0), "data-column": 0 }, number, title));
  columns.forEach((column, at) => row.append(cellOf(found, at, tab(at + 1))));
  return row;
}

function cellOf(found, column, tab) {
  const samples = found.cells[column], first = samples[0];
  const cell = make("div", { role: "gridcell", class: "cell", tabindex: tab, "data-column": column + 1 });
  const top = make("span", { class: "top" });
  if (narrow.matches) top.append(make("span", { class: "letter" }, columns[column].letter));
  if (samples.length > 1) {
    const passed = samples.filter((sample) => sample.mark === PASS).length;
    const state = passed === samples.length ? PASS : found.states[column] & ~PASS;
    top.append(badge(state & ERROR || state & FAIL || state & UNCHECKED || state & OPEN || PASS,
      `${passed} of ${samples.length}`));
  } else top.append(badge(first ? first.mark : OPEN));
  const facts = [];
  const value = mean(scoresOf(found, column));
  if (value !== null && value !== 0 && value !== 1) facts.push(score(value));
  const took = measured("seconds")(found, column), cost = measured("cost")(found, column);
  if (took !== null) facts.push(seconds(took));
  if (cost !== null) facts.push(dollars(cost));
  top.append(make("span", { class: "facts" }, facts.join(" · ")));
  const said = first ? (first.error || first.answer || "").slice(0, 400) : "";
  cell.append(top, make("span", { class: "said", lang: "" }, said));
  return cell;
}

function badge(state, words) {
  const [name, , mark, word] = OF_STATE.get(state);
  const sign = make("span", { "aria-hidden": "true" }, `${mark} `);
  return make("span", { class: `badge ${name}` }, sign, words ? `${words} pass` : word);
}

function focusCell(row, column) {
  if (!view.rows.length) return;
  row = Math.max(0, Math.min(view.rows.length - 1, row));
  column = Math.max(0, Math.min(columns.length, column));
  const before = made.get(active.row);
  if (before) before.children[active.column].tabIndex = -1;
  active.row = row;
  active.column = column;
  const head = body.offsetTop, top = row * height + head;
  if (top - head < grid.scrollTop) grid.scrollTop = top - head;
  else if (top + height > grid.scrollTop + grid.clientHeight) grid.scrollTop = top + height - grid.clientHeight;
  drawn();
  const cell = shownRow(row).children[column];
  cell.tabIndex = 0;
  cell.focus({ preventScroll: true });
  cell.scrollIntoView({ block: "nearest", inline: "nearest" });
}

function placeOf(target) {
  const cell = target.closest(".cell"), row = cell && cell.closest(".row");
  return row ? [+row.getAttribute("aria-rowindex") - 2, +cell.dataset.column] : null;
}

grid.addEventListener("keydown", (event) => {
  if (event.altKey || event.metaKey || !placeOf(event.target)) return;
  const page = Math.max(1, Math.floor(grid.clientHeight / height) - 1), last = view.rows.length - 1;
  const { row, column } = active;
  const to = {
    ArrowUp: [row - 1, column], ArrowDown: [row + 1, column], ArrowLeft: [row, column - 1],
    ArrowRight: [row, column + 1], PageUp: [row - page, column], PageDown: [row + page, column],
    Home: [event.ctrlKey ? 0 : row, 0], End: [event.ctrlKey ? last : row, columns.length],
  }[event.key];
  if (to) { event.preventDefault(); focusCell(...to); }
  if (event.key === "Enter" || event.key === " ") { event.preventDefault(); open(row, column); }
});
grid.addEventListener("click", (event) => {
  const place = placeOf(event.target);
  if (!place || String(getSelection())) return;
  focusCell(...place);
  open(...place);
});
let waiting = false;
grid.addEventListener("scroll", () => {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(() => { waiting = false; drawn(); });
});
addEventListener("resize", sized);
narrow.addEventListener("change", choose);

// ---- controls

const counted = (name, of) => { byId(name).querySelector(".many").textContent = plain.format(cases.filter(of).length); };
// Say on each button how many cases there are of its kind, in the column that is looked at.
function countStates() {
  const stateIn = (found) => view.column < 0 ? found.any : found.states[view.column];
  for (const [name, state] of STATES) counted(`state-${name}`, (found) => stateIn(found) & state);
}
for (const [name, state] of STATES) toggled(byId(`state-${name}`), () => { view.states ^= state; });
for (const name of ["differs", "judged"]) {
  counted(name, (found) => found[name]);
  toggled(byId(name), () => { view[name] = !view[name]; });
}
byId("state-open").hidden = !cases.some((each) => each.any & OPEN);
countStates();
function toggled(button, act) {
  button.addEventListener("click", () => {
    button.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") !== "true"));
    act();
    choose();
  });
}
const heads = [...document.querySelectorAll(".heads button")];
// Sort by the score of a column: the lowest first, then the highest, then as the cases come.
for (const head of heads) {
  head.addEventListener("click", () => {
    const again = view.column === +head.dataset.column;
    view.sort = !again || !["low", "high"].includes(view.sort) ? "low" : view.sort === "low" ? "high" : "case";
    view.column = +head.dataset.column;
    byId("sort").value = view.sort;
    byId("column").value = String(view.column);
    countStates();
    choose();
  });
}
byId("search").addEventListener("input", (event) => {
  view.search = event.target.value.trim().toLowerCase();
  choose();
});
byId("sort").addEventListener("change", (event) => { view.sort = event.target.value; choose(); });
byId("column").addEventListener("change", (event) => { view.column = +event.target.value; countStates(); choose(); });
byId("clear").addEventListener("click", () => {
  Object.assign(view, { states: 0, differs: false, judged: false, column: -1, sort: "case", search: "" });
  for (const button of document.querySelectorAll("#controls [aria-pressed]")) button.setAttribute("aria-pressed", "false");
  byId("search").value = "";
  byId("sort").value = "case";
  byId("column").value = "-1";
  countStates();
  choose();
  byId("search").focus();
});
document.addEventListener("keydown", (event) => {
  const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
  if (event.key === "/" && !typing && !dialog.open) { event.preventDefault(); byId("search").focus(); }
});

// ---- begin, when all is there

function begin() {
  grid.style.setProperty("--columns", columns.length);
  grid.style.setProperty("--least", `${12 + 15 * columns.length}rem`);
  byId("plots").append(...byId("late").children);
  byId("late").remove();
  byId("cells").hidden = false;
  for (const wide of document.querySelectorAll(".wide, #plots figure")) { // what scrolls can be gone to by keys
    if (wide.scrollWidth > wide.clientWidth) wide.tabIndex = 0;
  }
  choose();
  const linked = /^#case-(\d+)-([A-Z]+)$/.exec(location.hash);
  if (linked) {
    const row = +linked[1] - 1, column = columns.findIndex((each) => each.letter === linked[2]);
    if (row < view.rows.length && column >= 0) open(row, column + 1);
  }
  // Make what the search looks through before it is asked for, a few cases at a time.
  {
    let next = 0;
    const idle = window.requestIdleCallback || ((act) => setTimeout(() => act({ timeRemaining: () => 8 }), 30));
    const some = (deadline) => {
      while (next < cases.length && deadline.timeRemaining() > 2) textOf(cases[next++]);
      if (next < cases.length) idle(some);
    };
    idle(some);
  }
}
