// What a link to a view holds: #view?q=&hide=&sort=&baseline=&axis=&step=&theme=&at=
// Whatever the page does not know is ignored.
const methods = [...new Set(all("[data-method]").map((node) => node.dataset.method))];
const NOTHING = () => {
  return { q: "", hide: new Set(), sort: new Map(), baseline: "", axis: "", step: "", theme: "" };
};
let state = NOTHING();
const isView = () => location.hash.startsWith("#view?");

const FITS = {
  q: (text) => text.length <= 200,
  baseline: (text) => methods.includes(text),
  axis: (text) => text === "linear",
  step: (text) => /^\d{1,12}$/.test(text),
  theme: (text) => text === "dark" || text === "light",
};

function readState() {
  const asked = new URLSearchParams(location.hash.slice(6));
  state = NOTHING();
  for (const [name, fits] of Object.entries(FITS)) {
    const text = asked.get(name) ?? "";
    if (fits(text)) state[name] = text;
  }
  state.hide = new Set(asked.getAll("hide").filter((label) => methods.includes(label)));
  for (const text of asked.getAll("sort")) {
    const [, key, column, way] = /^(.+)\.(\d{1,3})\.(up|down)$/.exec(text) ?? [];
    if (key && tableOf(key)) state.sort.set(key, { column: Number(column), way });
  }
  return asked.get("at") ?? "";
}

function fragment(at = "") {
  const parts = new URLSearchParams();
  for (const name of Object.keys(FITS)) if (state[name]) parts.set(name, state[name]);
  for (const label of state.hide) parts.append("hide", label);
  for (const [key, { column, way }] of state.sort) parts.append("sort", `${key}.${column}.${way}`);
  if (!String(parts)) return at && `#${encodeURIComponent(at)}`;
  if (at) parts.set("at", at);
  return `#view?${parts}`;
}

const page = () => location.href.split("#")[0];
const linkTo = (id) => page() + fragment(id);

function keep() {
  if (fragment() || isView()) history.replaceState(null, "", linkTo(""));
}
