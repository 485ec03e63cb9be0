// Finding: rows, panels and cells whose words, or whose data set's or experiment's, hold all that was typed.
// Hiding: everything that carries a method's name, lines inside of figures too.
const UNITS =
  "main tbody tr:not([data-fixed]), .top tbody tr, .strip-row[data-method], .panel, .tile-row, .cell, " +
  ".squares > li";
const BOXES = ".group, figure, .scroll, .claims, .numbers, [data-find]";
let units = null;
let opened = [];

function aroundOf(node) {
  const found = [];
  for (let at = node.parentElement; at; at = at.parentElement) if (at.matches(BOXES)) found.push(at);
  return found;
}

function unitOf(node) {
  const own = node.matches(".cell") ? all(":scope > summary, :scope .where", node) : [node];
  const legend = node.matches(".panel") ? node.closest("figure").querySelector(".legend") : null;
  const around = aroundOf(node).map((box) => box.dataset.find ?? "");
  const texts = [node.dataset.method, ...own.map(words), legend?.textContent, ...around];
  return { node, text: texts.join(" ").toLowerCase() };
}

function applyFind() {
  const asked = state.q.toLowerCase().split(/\s+/).filter(Boolean);
  all(".unmatched").forEach((node) => node.classList.remove("unmatched"));
  opened.forEach((node) => (node.open = false));
  opened = [];
  found.textContent = "";
  if (!asked.length) return;
  units ??= all(UNITS).filter((node) => !node.closest(".cell-body, #provenance")).map(unitOf);
  const [hits, boxes] = [new Set(), new Set()];
  for (const { node, text } of units) {
    if (asked.every((word) => text.includes(word))) hits.add(node);
    else node.classList.add("unmatched");
    aroundOf(node).forEach((box) => boxes.add(box));
  }
  const wanted = new Set([...hits].flatMap(aroundOf));
  for (const box of boxes) box.classList.toggle("unmatched", !wanted.has(box));
  opened = [...wanted].filter((box) => box.matches("details.group:not([open])"));
  opened.forEach((node) => (node.open = true));
  const counted = `${hits.size.toLocaleString("en")} ${hits.size === 1 ? "entry matches" : "entries match"}`;
  const advice = hits.size ? "" : " All words must stand in one row, picture or cell: try fewer.";
  found.textContent = `${counted} “${state.q}”, of ${units.length.toLocaleString("en")}.${advice}`;
  const [first] = [...hits].filter((node) => node.checkVisibility());
  if (first) found.append(" ", push("Go to the first", () => first.scrollIntoView({ block: "center" }), { class: "copy" }));
}

function applyHide() {
  for (const node of all("[data-method]")) {
    const off = state.hide.has(node.dataset.method);
    if (node.matches(".push")) node.setAttribute("aria-pressed", !off);
    else node.classList.toggle("off", off);
  }
  viewButton.textContent = state.hide.size ? `View: ${state.hide.size} hidden` : "View";
}
