// The difference of two texts, word by word: pieces of [text, SAME, GONE or NEW]. What is the same for less than
// two words between changes counts as changed: it would be noise. chat/lab/diff.py does the same for a terminal.
// By Myers (1986), after what both texts begin and end with is set aside; null where that would take too long.
const SAME = 0, GONE = 1, NEW = 2;
const TOKEN = /\s+|[\p{L}\p{N}\p{M}_]+|[^\s\p{L}\p{N}\p{M}_]/gu;
const WORD = /[\p{L}\p{N}\p{M}_]+/gu;
const MOST_TOKENS = 40000, MOST_EDITS = 2000;

function wordDiff(one, other) {
  const a = one.match(TOKEN) || [], b = other.match(TOKEN) || [];
  let start = 0, ends = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  while (ends < a.length - start && ends < b.length - start && a[a.length - 1 - ends] === b[b.length - 1 - ends]) ends++;
  const left = a.slice(start, a.length - ends), right = b.slice(start, b.length - ends);
  const kept = edits(left, right);
  if (kept === null) return null;
  const before = [a.slice(0, start).join(""), SAME], after = [a.slice(a.length - ends).join(""), SAME];
  return merged([before, ...kept, after]);
}

// The pieces of two lists of tokens, as they come.
function edits(a, b) {
  if (!a.length || !b.length) return [[a.join(""), GONE], [b.join(""), NEW]];
  if (a.length > MOST_TOKENS || b.length > MOST_TOKENS) return null;
  const most = Math.min(a.length + b.length, MOST_EDITS);
  const far = new Int32Array(2 * most + 3), middle = most + 1, trace = [];
  for (let d = 0; d <= most; d++) {
    trace.push(far.slice(middle - d - 1, middle + d + 2));
    for (let k = -d; k <= d; k += 2) {
      const down = k === -d || (k !== d && far[middle + k - 1] < far[middle + k + 1]);
      let x = down ? far[middle + k + 1] : far[middle + k - 1] + 1, y = x - k;
      while (x < a.length && y < b.length && a[x] === b[y]) { x++; y++; }
      far[middle + k] = x;
      if (x >= a.length && y >= b.length) return walkedBack(a, b, trace);
    }
  }
  return null;
}

function walkedBack(a, b, trace) {
  const found = [];
  let x = a.length, y = b.length;
  for (let d = trace.length - 1; d > 0; d--) {
    const far = trace[d], at = (k) => far[k + d + 1], k = x - y;
    const down = k === -d || (k !== d && at(k - 1) < at(k + 1));
    const beforeX = down ? at(k + 1) : at(k - 1), beforeY = beforeX - (down ? k + 1 : k - 1);
    const snake = down ? x - beforeX : x - beforeX - 1;
    for (let i = 0; i < snake; i++) { x--; y--; found.push([a[x], SAME]); }
    if (down) { y--; found.push([b[y], NEW]); } else { x--; found.push([a[x], GONE]); }
  }
  while (x > 0) { x--; found.push([a[x], SAME]); }
  return found.reverse();
}

// Neighbours of one kind in one piece, what is gone before what is new, and short islands of sameness left out.
function merged(pieces) {
  const runs = [];
  for (const [text, kind] of pieces) {
    if (!text) continue;
    const last = runs[runs.length - 1];
    if (kind === SAME) {
      if (last && last.same !== undefined) last.same += text; else runs.push({ same: text });
    } else {
      const run = last && last.same === undefined ? last : { gone: "", new: "" };
      if (run !== last) runs.push(run);
      if (kind === GONE) run.gone += text; else run.new += text;
    }
  }
  const found = [];
  let gone = "", fresh = "";
  // Close a change. Blanks that both texts of it end with belong to what follows.
  const close = (follows) => {
    const blanks = gone.slice(gone.trimEnd().length);
    const shared = follows && blanks && fresh.endsWith(blanks) ? blanks : "";
    const kept = (text) => text.slice(0, text.length - shared.length);
    if (kept(gone)) found.push([kept(gone), GONE]);
    if (kept(fresh)) found.push([kept(fresh), NEW]);
    gone = fresh = "";
    return shared;
  };
  runs.forEach((run, place) => {
    if (run.same === undefined) { gone += run.gone; fresh += run.new; return; }
    const between = place > 0 && place < runs.length - 1;
    if (between && (run.same.match(WORD) || []).length < 2) { gone += run.same; fresh += run.same; return; }
    found.push([close(true) + run.same, SAME]);
  });
  close(false);
  return found;
}
