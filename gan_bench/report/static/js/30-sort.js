// Sorting: numbers by data-value or as they are written, a dash last either way, equal rows in old order.
// A table is known by the nearest element with an id around it, and its place in there.
function keyOf(table) {
  const home = table.closest("[id]");
  const place = all("table", home).indexOf(table);
  return place ? `${home.id}~${place}` : home.id;
}

function tableOf(key) {
  const [, id, place = 0] = /^(.+?)(?:~(\d{1,4}))?$/.exec(key);
  const table = byId(id) && all("table", byId(id))[place];
  return table?.tHead && !("plain" in table.dataset) ? table : null;
}

const rowsOf = (table) => [...table.tBodies].flatMap((body) => [...body.rows]);
const moves = (row) => !("fixed" in row.dataset);
const headings = (table) => [...table.tHead.rows[0].cells];

function shown(cell) {
  const copied = cell.cloneNode(true);
  all(".ends, .fate, .visually-hidden, .here, .copy, .to-figure, summary, svg", copied).forEach((node) => node.remove());
  return words(copied);
}

const POWERS = "⁰¹²³⁴⁵⁶⁷⁸⁹";
const plainPower = (text) => [...text].map((c) => (c === "⁻" ? "-" : POWERS.indexOf(c))).join("");

function numberIn(text) {
  const withPower = text.replace(/\s*×\s*10([⁻⁰¹²³⁴-⁹]+)/, (_, power) => `e${plainPower(power)}`);
  const plain = withPower.replace("−", "-");
  const [, sign, digits] = /^(-?)(∞|\d[\d,]*\.?\d*(?:e-?\d+)?)/.exec(plain) ?? [];
  const size = digits === "∞" ? Infinity : Number(digits?.replaceAll(",", ""));
  return sign ? -size : size;
}

function valueOf(cell) {
  const given = cell.dataset.value;
  if (!given) return numberIn(shown(cell));
  return Number(given.replace(/^(-?)inf$/i, "$1Infinity"));
}

const made = new WeakMap();

function sortRows(table, column, way) {
  if (!made.has(table)) made.set(table, new Map(rowsOf(table).map((row, place) => [row, place])));
  const old = (a, b) => made.get(table).get(a) - made.get(table).get(b);
  const texts = new Map();
  for (const row of rowsOf(table).filter(moves)) {
    const cell = row.cells[column];
    const text = cell ? shown(cell) : "";
    if (cell?.dataset.value || !/^[–-]?$/.test(text)) texts.set(row, { text, value: valueOf(cell) });
  }
  const numeric = [...texts.values()].every(({ value }) => !Number.isNaN(value));
  const collator = new Intl.Collator("en", { numeric: true });
  const order = (a, b) => {
    const [x, y] = [texts.get(a), texts.get(b)];
    if (!way || !(x || y)) return old(a, b);
    if (!x || !y) return x ? -1 : 1;
    const up = numeric ? Math.sign(x.value - y.value) || 0 : collator.compare(x.text, y.text);
    return (way === "down" ? -up : up) || old(a, b);
  };
  for (const body of table.tBodies) {
    const rows = [...body.rows];
    body.append(...rows.filter(moves).sort(order), ...rows.filter((row) => !moves(row)));
  }
  headings(table).forEach((th) => th.removeAttribute("aria-sort"));
  if (way) headings(table)[column].setAttribute("aria-sort", `${way === "down" ? "de" : "a"}scending`);
}

function turnSort(table, column) {
  const now = state.sort.get(keyOf(table));
  const way = now?.column !== column ? "up" : now.way === "up" ? "down" : "";
  if (way) state.sort.set(keyOf(table), { column, way });
  else state.sort.delete(keyOf(table));
  sortRows(table, column, way);
  keep();
}

function makeSortable(table) {
  if (![...table.tBodies].some((body) => [...body.rows].filter(moves).length > 1)) return;
  headings(table).forEach((th, column) => {
    if (th.colSpan > 1 || !words(th)) return;
    const sort = push("", () => turnSort(table, column), { class: "sort" });
    sort.append(...th.childNodes);
    th.append(sort);
  });
}

function applySort() {
  for (const table of all("table:has(th[aria-sort])")) sortRows(table, 0, "");
  for (const [key, { column, way }] of state.sort) {
    const table = tableOf(key);
    enhanceTable(table);
    if (column < headings(table).length) sortRows(table, column, way);
    else state.sort.delete(key);
  }
}
