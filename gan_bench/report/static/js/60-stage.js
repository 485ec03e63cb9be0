// One step of all methods side by side, larger: cut from strips of clouds, or tiles named after their step.
const stages = [];
const stepIn = (text) => Number(/^step (\d[\d,]*)$/.exec(text)?.[1].replaceAll(",", ""));

function framesOf(row) {
  if (row.matches(".tile-row")) {
    const tiles = all("li", row).map((li) => {
      return { step: stepIn(words(li.firstElementChild)), image: li.querySelector("img"), k: 0, n: 1 };
    });
    return tiles.filter(({ step }) => step >= 0);
  }
  // A strip of squares, one per step; the steps stand in its description.
  const image = row.querySelector("img");
  const steps = / at steps ([\d, ]+)/.exec(image?.alt)?.[1].split(", ") ?? [];
  const n = Math.round(image?.getAttribute("width") / image?.getAttribute("height"));
  return steps.map((step, k) => ({ step: Number(step), image, k, n }));
}

async function paint(canvas, { image, k, n }) {
  image.loading = "eager";
  await image.decode().catch(() => {});
  const [width, height] = [image.naturalWidth / n, image.naturalHeight];
  if (!width) return;
  set(canvas, { width, height });
  canvas.getContext("2d").drawImage(image, k * width, 0, width, height, 0, 0, width, height);
}

function makePlace(row, frames) {
  const title = (row.querySelector(".panel-title") ?? row.cells[0]).cloneNode(true);
  all("br", title).forEach((node) => node.remove());
  const canvas = make("canvas", { role: "img", class: row.matches(".tile-row") ? "pixels" : "cloud" });
  const box = make("div", {}, make("p", { class: "panel-title" }, ...title.childNodes), canvas);
  if (row.dataset.method !== undefined) box.dataset.method = row.dataset.method;
  return { box, canvas, frames, label: words(title) || row.dataset.method };
}

function makeStage(figure) {
  const strips = figure.querySelector("table.strips");
  const rows = strips ? rowsOf(strips) : all(".tile-row", figure);
  const places = rows.map((row) => makePlace(row, framesOf(row))).filter(({ frames }) => frames.length);
  const found = places.flatMap(({ frames }) => frames.map(({ step }) => step));
  const steps = [...new Set(found)].sort((a, b) => a - b);
  if (steps.length < 2) return;
  const id = `${figure.id}-step`;
  const slider = make("input", { type: "range", id, min: 0, max: steps.length - 1 });
  const output = make("output", { for: id });
  const last = (list, step) => list.findLastIndex((at) => at <= step);
  const show = (step) => {
    const index = step === "" ? steps.length - 1 : Math.max(0, last(steps, step));
    slider.value = index;
    slider.setAttribute("aria-valuetext", `step ${steps[index]}`);
    output.textContent = `${steps[index].toLocaleString("en")} (${index + 1} of ${steps.length})`;
    for (const { canvas, frames, label } of places) {
      const frame = frames[Math.max(0, last(frames.map((one) => one.step), steps[index]))];
      canvas.setAttribute("aria-label", `${label}, step ${frame.step}`);
      paint(canvas, frame);
    }
  };
  slider.addEventListener("input", () => change("step", String(steps[slider.value]), applyStep));
  const stage = make("div", { class: "stage" }, ...places.map(({ box }) => box));
  const label = make("label", { for: id }, "Step, enlarged");
  const stepper = make("div", { class: "stepper" }, label, slider, output);
  figure.querySelector("figcaption").after(stepper, stage);
  stages.push(show);
  show(state.step);
  applyHide();
}

const applyStep = () => stages.forEach((show) => show(state.step));
