// A figure as it stands on the page, in one SVG that needs no page: texts in place, colours, fonts resolved.
const PAINT = ["fill", "stroke"];
const LOOKS = [...PAINT, "stroke-width", "stroke-opacity", "fill-opacity", "stroke-dasharray", "opacity"];
const FONTS = ["font-family", "font-size", "font-weight", "font-style", "text-anchor"];
const SHAPES = "path, line, rect, circle, ellipse, polyline, polygon, text, tspan, use";

// What stands elsewhere on the page (swatches refer to it) is put in its place while an SVG is copied.
function inPlace(svg, copied) {
  const uses = all("use", svg).filter((node) => !svg.querySelector(node.getAttribute("href")));
  const pairs = uses.map((node) => {
    const group = draw("g", {});
    const meant = document.querySelector(node.getAttribute("href"));
    group.append(...[...(meant?.childNodes ?? [])].map((child) => child.cloneNode(true)));
    node.replaceWith(group);
    return [node, group];
  });
  const result = copied();
  pairs.forEach(([node, group]) => group.replaceWith(node));
  return result;
}

function standAlone(svg, box) {
  const copied = svg.cloneNode(true);
  const nodes = all("*", copied);
  all("*", svg).forEach((from, k) => {
    const [node, looks] = [nodes[k], getComputedStyle(from)];
    if (looks.display === "none" && !from.closest("defs")) node.dataset.gone = "";
    if (node.closest("defs")) return;
    const given = PAINT.filter((name) => node.hasAttribute(name));
    const fonts = node.matches("text, tspan") ? FONTS : [];
    for (const name of node.matches(SHAPES) ? [...LOOKS, ...fonts] : given) {
      node.setAttribute(name, looks.getPropertyValue(name));
    }
  });
  all("[data-gone], title", copied).forEach((node) => node.remove());
  for (const node of [copied, ...all("*", copied)]) {
    const dropped = [...node.attributes].filter(({ name }) => /^(class|data-|aria-|role$|style$)/.test(name));
    dropped.forEach(({ name }) => node.removeAttribute(name));
  }
  return set(copied, { ...box, color: getComputedStyle(svg).color, overflow: "visible" });
}

function linesOf(node) {
  const [range, lines] = [document.createRange(), []];
  for (const { 0: word, index } of node.data.matchAll(/\S+\s*/g)) {
    range.setStart(node, index);
    range.setEnd(node, index + word.trimEnd().length);
    const box = range.getBoundingClientRect();
    const last = lines.at(-1);
    if (last && Math.abs(last.box.top - box.top) < 2) last.text += word;
    else if (box.width) lines.push({ box, text: word });
  }
  return lines;
}

function figureSvg(figure) {
  const frame = figure.getBoundingClientRect();
  const skipped = ".save, .numbers, .stepper, .here, .visually-hidden";
  const seen = (node) => node.checkVisibility() && !folded(node) && !node.closest(skipped);
  const width = Math.ceil(Math.max(frame.width, ...all(".scroll", figure).map((node) => node.scrollWidth)));
  const whole = draw("svg", { xmlns: SVG, width });
  const paper = getComputedStyle(document.body).backgroundColor;
  whole.append(draw("rect", { width: "100%", height: "100%", fill: paper }));
  let bottom = 0;
  const at = (box) => {
    bottom = Math.max(bottom, Math.ceil(box.bottom - frame.top + 8));
    return { x: round(box.left - frame.left, 1), y: round(box.top - frame.top, 1) };
  };
  for (const node of all("svg, img, canvas", figure).filter(seen)) {
    const rect = node.getBoundingClientRect();
    const box = { ...at(rect), width: round(rect.width, 1), height: round(rect.height, 1) };
    const pixels = { href: node.src ?? node.toDataURL?.() };
    const kept = { "image-rendering": getComputedStyle(node).imageRendering };
    whole.append(node.matches("svg") ? inPlace(node, () => standAlone(node, box)) : draw("image", { ...box, ...pixels, ...kept }));
  }
  const walker = document.createTreeWalker(figure, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const [text, parent] = [walker.currentNode, walker.currentNode.parentElement];
    if (!text.data.trim() || parent.closest("svg") || !seen(parent)) continue;
    const looks = getComputedStyle(parent);
    const font = Object.fromEntries(FONTS.slice(0, 3).map((name) => [name, looks.getPropertyValue(name)]));
    for (const { box, text: line } of linesOf(text)) {
      const { x, y } = at(box);
      const base = round(y + box.height / 2 + 0.35 * parseFloat(looks.fontSize), 1);
      whole.append(draw("text", { x, y: base, fill: looks.color, ...font }, line.trimEnd()));
    }
  }
  // What figures share stands elsewhere on the page.
  for (const id of new Set(all("use", whole).map((use) => use.getAttribute("href").slice(1)))) {
    const shared = byId(id);
    if (shared && !figure.contains(shared)) whole.prepend(draw("defs", {}, shared.cloneNode(true)));
  }
  set(whole, { height: bottom, viewBox: `0 0 ${width} ${bottom}` });
  return new XMLSerializer().serializeToString(whole);
}
