// Buttons under tables and figures, links beside headings; inside of what is folded only once it opens.
function enhanceTable(table) {
  if (!table?.tHead || "plain" in table.dataset || !once(table)) return;
  makeSortable(table);
  const [data, key] = [() => dataOf(table), () => keyOf(table)];
  const kinds = [
    ["CSV", "csv", "text/csv", key, () => asCsv(data())],
    ["JSON", "json", "application/json", key, () => asJson(data())],
    ["LaTeX", "tex", "application/x-tex", key, () => asLatex(data())],
  ];
  (table.closest(".scroll") ?? table).after(saveBox("this table", kinds));
}

function enhanceFigure(figure) {
  if (!figure.id || !once(figure)) return;
  if (figure.querySelector(".strips, .tile-row")) makeStage(figure);
  if (!figure.querySelector(".panel svg:not(.swatch), .panel img, .strips img, .tiles, .strips-box")) return;
  const kind = ["SVG", "svg", "image/svg+xml", () => figure.id, () => figureSvg(figure)];
  figure.append(saveBox("this figure", [kind]));
}

function hereButton(id, what) {
  const said = { class: "here", "aria-label": `Copy a link to ${what}`, title: "Copy a link to here" };
  return push("#", ({ currentTarget }) => copy(linkTo(id), currentTarget), said);
}

function enhanceHeading(heading) {
  const box = heading.parentElement;
  const first = box.matches("section[id], figure[id]") && box.querySelector("h2, h3, h4") === heading;
  const id = first ? box.id : heading.id;
  if (id && once(heading)) heading.after(hereButton(id, words(heading)));
}

function enhanceBody(body) {
  if (!once(body)) return;
  const here = hereButton(body.id, words(body.closest("details").querySelector("summary")));
  (body.querySelector(":scope > .where") ?? body).prepend(here);
}

function enhanceText(node) {
  const text = node.dataset.copy || node.textContent;
  const said = { class: "copy", "aria-label": `Copy: ${text.slice(0, 80)}` };
  if (once(node)) node.after(push("Copy", ({ currentTarget }) => copy(text, currentTarget), said));
}

function enhance(within) {
  const each = (selector, change) => all(selector, within).filter((node) => !folded(node)).forEach(change);
  each("table", enhanceTable);
  each("figure", enhanceFigure);
  each("[data-copy]", enhanceText);
  each("h2, h3:not(summary *), h4", enhanceHeading);
  each(".cell-body[id], .group-body[id]", enhanceBody);
}

// A link to a place opens what it is folded in.
function goTo(id) {
  const target = byId(id);
  if (!target) return;
  const around = all("details").filter((node) => node.contains(target));
  around.forEach((node) => (node.open = true));
  target.scrollIntoView();
}
