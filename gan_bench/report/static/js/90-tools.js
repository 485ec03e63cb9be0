// The bar's tools, and the start.
const say = make("p", { class: "visually-hidden", role: "status" });
const found = make("p", { class: "found", role: "status" });
const panel = make("div", { class: "view", id: "view-panel", role: "group", "aria-label": "View" });
panel.hidden = true;
const expands = { "aria-expanded": false, "aria-controls": panel.id };
const viewButton = push("View", () => openPanel(panel.hidden), expands);
const search = make("input", {
  type: "search", placeholder: "Find a word …", maxlength: 200,
  "aria-label": "Find methods, data sets and cells",
});
const baseline = make("select", { id: "view-baseline" }, new Option("the lowest", ""));
const axisButton = (text, kind) => push(text, () => change("axis", kind, applyAxis));
const axes = [axisButton("Logarithmic", ""), axisButton("Linear", "linear")];
const darkest = matchMedia("(prefers-color-scheme: dark)");
const isDark = () => (state.theme ? state.theme === "dark" : darkest.matches);
const dark = push("Dark", () => change("theme", isDark() ? "light" : "dark", applyTheme));

function change(name, value, apply) {
  state[name] = value;
  apply();
  showTools();
  keep();
}

function showTools() {
  if (search.value !== state.q) search.value = state.q;
  baseline.value = state.baseline;
  axes.forEach((node, k) => node.setAttribute("aria-pressed", !k === !state.axis));
  dark.setAttribute("aria-pressed", isDark());
}

function applyTheme() {
  if (state.theme) root.dataset.theme = state.theme;
  else delete root.dataset.theme;
}

function applyAll() {
  const parts = [applyTheme, applyHide, applyBaseline, applyAxis, applySort, applyStep, applyFind];
  parts.forEach((apply) => apply());
  showTools();
}

function openPanel(open) {
  // Below a tall header the panel would open out of sight.
  if (open && bar.getBoundingClientRect().bottom > innerHeight / 2) bar.scrollIntoView({ behavior: "instant" });
  panel.hidden = !open;
  viewButton.setAttribute("aria-expanded", open);
  panel.parentElement.classList.toggle("viewing", open);
}

function methodButton(label) {
  const mine = (node) => node.closest("[data-method]").dataset.method === label;
  const swatch = all("[data-method] .swatch").find(mine);
  const flip = () => state.hide.delete(label) || state.hide.add(label);
  const node = push(label, () => change("hide", (flip(), state.hide), applyHide), { "data-method": label });
  if (swatch) node.prepend(swatch.cloneNode(true));
  return node;
}

function line(name, kind, ...choices) {
  const box = make("div", { class: "choices" }, ...choices);
  panel.append(make("div", { class: kind }, make("span", { class: "what-for" }, name), box));
}

function openAll(open) {
  all("main details:not(.save)").forEach((node) => (node.open = open));
}

function reset() {
  state = NOTHING();
  applyAll();
  keep();
}

function buildTools(bar) {
  const compared = [...new Set(all("table.board tr[data-method]").map((row) => row.dataset.method))];
  baseline.append(...compared.map((label) => new Option(label, label)));
  baseline.setAttribute("aria-label", "Leaderboards compare with");
  baseline.addEventListener("change", () => change("baseline", baseline.value, applyBaseline));
  const shownAgain = push("Show all", () => change("hide", new Set(), applyHide));
  const others = methods.filter((label) => !compared.includes(label));
  const first = compared.length ? compared : others.splice(0);
  if (methods.length) line("Methods", "methods", ...first.map(methodButton), shownAgain);
  if (others.length) {
    const box = make("div", { class: "choices" }, ...others.map(methodButton));
    const title = make("summary", {}, `${others.length} of single experiments`);
    line("", "methods", make("details", {}, title, box));
  }
  if (compared.length) line("Compare with", "", baseline);
  if (document.querySelector(".strips-box")) line("Axis of dots", "either", ...axes);
  const folds = [push("Open all", () => openAll(true)), push("Close all", () => openAll(false))];
  const link = push("Copy a link to this view", ({ currentTarget }) => copy(linkTo(""), currentTarget));
  line("Page", "either", dark, ...folds, link, push("Reset", reset));
  let waiting = 0;
  search.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => change("q", search.value, applyFind), 120);
  });
  search.addEventListener("keydown", ({ key }) => key === "Enter" && found.querySelector("button")?.click());
  bar.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || panel.hidden) return;
    openPanel(false);
    viewButton.focus();
  });
  bar.append(make("div", { class: "tools" }, search, viewButton), found, panel);
  document.body.append(say);
}

function follow() {
  let at = location.hash.slice(1);
  if (isView()) {
    at = readState();
    applyAll();
  } else {
    try {
      at = decodeURIComponent(at);
    } catch {
      at = "";
    }
  }
  goTo(at);
}

const bar = document.querySelector(".sections");
if (bar) {
  buildTools(bar);
  enhance(document);
  showTools();
  applyHide();
  document.addEventListener("toggle", (event) => event.target.open && enhance(event.target), true);
  darkest.addEventListener("change", showTools);
  addEventListener("hashchange", follow);
  if (location.hash) follow();
}
performance.mark("gan-bench-ready");
