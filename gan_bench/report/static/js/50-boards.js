// Leaderboards: ratios to a chosen method, and rows of dots on a linear axis instead of the logarithmic one.
function ratio(x) {
  const digits = Math.min(6, Math.max(0, 2 - Math.floor(Math.log10(x))));
  return x.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

function compareBoard(board) {
  const head = board.tHead.querySelector(".against");
  const rows = rowsOf(board).filter((row) => row.dataset.method !== undefined);
  const value = (row) => Number(row?.querySelector(".key")?.dataset.value || NaN);
  const base = rows.find((row) => row.dataset.method === state.baseline);
  const known = value(base) > 0;
  swap(head.querySelector(".sort") ?? head, known ? `to ${state.baseline}` : null);
  for (const row of rows) {
    const cell = row.querySelector(".against");
    const times = value(row) / value(base);
    if (!("made" in cell.dataset)) cell.dataset.made = cell.dataset.value ?? "";
    cell.dataset.value = !known ? cell.dataset.made : times > 0 ? times : "";
    const said = row === base ? "compared with this" : times > 0 ? `${ratio(times)} times` : "–";
    swap(cell, known ? said : null);
  }
}

const applyBaseline = () => all("table.board:has(.against)").forEach(compareBoard);

function linearAxis(box) {
  const given = [box, ...all("[data-value], [data-low]", box)];
  const texts = given.flatMap(({ dataset }) => [dataset.value, dataset.low, dataset.high]);
  const values = texts.map(Number).filter(Number.isFinite);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const room = 0.06 * (high - low) || 0.1 * Math.abs(high) || 1;
  const [from, span] = [low - room, high - low + 2 * room];
  const power = 10 ** Math.floor(Math.log10(span / 3));
  const step = power * [5, 2, 1].find((lead) => lead * power <= span / 3);
  const ticks = [];
  for (let k = Math.ceil(from / step); k * step <= from + span; k++) {
    ticks.push(Number((k * step).toPrecision(6)));
  }
  return { place: (value) => round((100 * (value - from)) / span, 2), ticks };
}

const logarithmic = new WeakMap();
function move(nodes, placed) {
  for (const node of nodes) {
    const places = placed(node.dataset);
    const old = Object.keys(places).map((name) => [name, node.getAttribute(name)]);
    if (!logarithmic.has(node)) logarithmic.set(node, Object.fromEntries(old));
    for (const [name, at] of Object.entries(places)) node.setAttribute(name, `${at}%`);
  }
}

function drawTicks(box, { place, ticks }) {
  for (const svg of all("svg.strip", box)) {
    const named = svg.closest(".axis");
    all(named ? "text" : ".tick", svg).forEach((node) => node.classList.add("off"));
    for (const tick of ticks) {
      const at = `${place(tick)}%`;
      const node = named
        ? draw("text", { x: at, y: 13, "text-anchor": "middle" }, String(tick))
        : draw("line", { x1: at, x2: at, y1: 0, y2: 40, class: "tick" });
      node.dataset.linear = "";
      svg.insertBefore(node, svg.querySelector(".interval, circle, .centre"));
    }
  }
}

function applyAxis() {
  for (const box of all(".strips-box")) {
    all("[data-linear]", box).forEach((node) => node.remove());
    all(".tick, .axis text", box).forEach((node) => node.classList.remove("off"));
    for (const node of all("*", box)) set(node, logarithmic.get(node) ?? {});
    all(".axis-kind", box.parentElement).forEach((node) => (node.textContent = state.axis || "log"));
    if (!state.axis) continue;
    const axis = linearAxis(box);
    const [at, band] = [axis.place, box.dataset];
    move(all("circle[data-value]", box), (d) => ({ cx: at(d.value) }));
    move(all(".centre[data-value]", box), (d) => ({ x1: at(d.value), x2: at(d.value) }));
    move(all(".interval[data-low]", box), (d) => ({ x1: at(d.low), x2: at(d.high) }));
    move(all(".band", box), () => ({ x: at(band.low), width: round(at(band.high) - at(band.low), 2) }));
    move(all(".band-median", box), () => ({ x1: at(band.median), x2: at(band.median) }));
    drawTicks(box, axis);
  }
}
