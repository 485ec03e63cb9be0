// Small things that everything below uses. These files are one script: joined in the order of their names, in
// a function of their own, line by line without comments and indentation. The page is whole without it.
performance.mark("gan-bench-start");
const root = document.documentElement;
const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const byId = (id) => document.getElementById(id);
const words = (node) => node.textContent.replace(/\s+/g, " ").trim();
const folded = (node) => node.closest("details:not([open])");
const round = (x, digits) => Number(x.toFixed(digits));

function set(node, attributes) {
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
}

function make(tag, attributes = {}, ...children) {
  const node = set(document.createElement(tag), attributes);
  node.append(...children);
  return node;
}

function push(text, press, attributes = {}) {
  const node = make("button", { type: "button", class: "push", ...attributes }, text);
  node.addEventListener("click", press);
  return node;
}

const SVG = "http://www.w3.org/2000/svg";
function draw(tag, attributes, ...children) {
  const node = set(document.createElementNS(SVG, tag), attributes);
  node.append(...children);
  return node;
}

// What was there before something was put in its place.
const before = new WeakMap();
function swap(node, text) {
  if (!before.has(node)) before.set(node, [...node.childNodes]);
  node.replaceChildren(...(text === null ? before.get(node) : [text]));
}

const done = new WeakSet();
const once = (node) => !done.has(node) && done.add(node);
