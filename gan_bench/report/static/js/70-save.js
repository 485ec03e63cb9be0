// Saving and copying of tables: as CSV and JSON with full numbers, as LaTeX as they are read.
function download(text, name, type) {
  const url = URL.createObjectURL(new Blob([text], { type }));
  make("a", { href: url, download: `${document.title}-${name}`.replace(/[^\w.+-]+/g, "-") }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60000);
}

async function copy(text, button) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = make("textarea", { class: "visually-hidden" }, text);
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  say.textContent = "";
  setTimeout(() => (say.textContent = "Copied."), 50);
  button.classList.add("copied");
  setTimeout(() => button.classList.remove("copied"), 2000);
}

// Claims: a record for every number that a verdict rests on.
function claimsOf(table) {
  const columns = ["verdict", "claim", "source", "verdict of the part", "part", "value", "interval, notes"];
  const text = (node, selector) => all(selector, node).map(words).filter(Boolean).join(", ");
  const records = rowsOf(table).flatMap((row) =>
    all(".number", row).map((number) => [
      text(row, ".verdict").replace(/^\S+ /, ""),
      ...[".statement", ".source"].map((selector) => text(row, selector)),
      number.querySelector(".badge").title,
      ...[".what", ".measured strong", ".measured .ends"].map((selector) => text(number, selector)),
    ]),
  );
  return { names: columns, columns, records, texts: records, title: words(table.caption) };
}

function dataOf(table) {
  if (table.matches(".claims")) return claimsOf(table);
  const rows = rowsOf(table).filter((row) => row.checkVisibility());
  const beside = (cell) => (cell ? all(".ends, .fate", cell).map(words).filter(Boolean).join(" ") : "");
  const text = (cell) => (cell ? shown(cell) : "");
  const names = headings(table).map((th, k) => words(th) || `column ${k + 1}`);
  const wide = names.map((_, k) => rows.some((row) => beside(row.cells[k])));
  const records = rows.map((row) =>
    names.flatMap((_, k) => {
      const value = row.cells[k]?.dataset.value ? valueOf(row.cells[k]) : text(row.cells[k]);
      return wide[k] ? [value, beside(row.cells[k])] : [value];
    }),
  );
  const columns = names.flatMap((name, k) => (wide[k] ? [name, `${name}: interval, notes`] : [name]));
  const unlike = columns.map((name, k) => (columns.indexOf(name) < k ? `${name} (${k + 1})` : name));
  const whole = (cell) => `${text(cell)} ${beside(cell)}`.trim();
  const texts = rows.map((row) => names.map((_, k) => whole(row.cells[k])));
  return { names, columns: unlike, records, texts, title: table.caption ? words(table.caption) : "" };
}

// A text that a spreadsheet would take for a formula gets an apostrophe.
function csvField(value) {
  const text = Number.isNaN(Number(value)) ? String(value).replace(/^(?=[=+@\t\r-])/, "'") : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function asCsv({ columns, records }) {
  return [columns, ...records].map((row) => `${row.map(csvField).join(",")}\r\n`).join("");
}

function asJson({ columns, records }) {
  const plain = (value) => (typeof value === "number" && !Number.isFinite(value) ? String(value) : value);
  const named = records.map((row) => Object.fromEntries(row.map((value, k) => [columns[k], plain(value)])));
  return `${JSON.stringify(named, null, 1)}\n`;
}

const TEX = {
  "\\": "\\textbackslash{}", "~": "\\textasciitilde{}", "^": "\\textasciicircum{}", "–": "--", "−": "$-$",
  "×": "$\\times$", "∞": "$\\infty$", "·": "$\\cdot$", "≈": "$\\approx$", "<": "$<$", ">": "$>$", "|": "$|$",
  "✓": "ok", "✕": "failed", "…": "\\dots{}", "“": "``", "”": "''",
};
const tex = (text) =>
  text
    .replace(/[\\~^–−×∞·≈<>|✓✕…“”&%$#_{}]/g, (c) => TEX[c] ?? `\\${c}`)
    .replace(/[⁻⁰¹²³⁴-⁹]+/g, (power) => `$^{${plainPower(power)}}$`);

function asLatex({ names, texts, title }) {
  // A bracket at the start of a line would be an argument of the \\ before it.
  const line = (row) => `${row.map(tex).join(" & ").replace(/^\[/, "{[}")} \\\\`;
  const fits = (text) => !text || text === "–" || !Number.isNaN(numberIn(text));
  const number = (k) => k && texts.every((row) => fits(row[k]));
  const kinds = names.map((_, k) => (number(k) ? "r" : "l")).join("");
  const body = ["\\toprule", line(names), "\\midrule", ...texts.map(line), "\\bottomrule"].join("\n");
  return `% ${title}\n% \\usepackage{booktabs}\n\\begin{tabular}{${kinds}}\n${body}\n\\end{tabular}\n`;
}

function saveBox(what, kinds) {
  const choices = kinds.flatMap(([kind, ending, type, key, write]) => [
    push(`Save ${kind}`, () => download(write(), `${key()}.${ending}`, type)),
    push(`Copy ${kind}`, ({ currentTarget }) => copy(write(), currentTarget)),
  ]);
  const box = make("div", { class: "choices" }, ...choices);
  return make("details", { class: "save" }, make("summary", {}, `Save or copy ${what}`), box);
}
