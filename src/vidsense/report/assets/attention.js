// Step 4: frame × frame matrices, one row worked through, importance.

function matrix(home, value, { low, high, unit, digits, words, more, onpick, blocks = [], controls = null, begin = [0, 0] }) {
  const count = FRAMES.length;
  const cells = element("canvas", { class: "cells", width: count, height: count, tabindex: 0, role: "application",
    "aria-label": `${count} by ${count} cells, ${unit}: move with the arrow keys` });
  const over = svg("svg", { class: "over", viewBox: `0 0 ${count} ${count}`, preserveAspectRatio: "none", "aria-hidden": "true" });
  const cross = svg("rect", { width: 1, height: 1, fill: "none", stroke: "#ff5a3c", "stroke-width": 0.2 });
  for (const [from, to] of blocks) {
    over.append(svg("rect", { x: from, y: from, width: to - from + 1, height: to - from + 1, fill: "none", stroke: "white", "stroke-width": 2, "stroke-dasharray": "5 4", "vector-effect": "non-scaling-stroke" }));
  }
  over.append(cross);
  const told = element("div", { class: "told", "aria-live": "polite" });
  const field = element("div", { class: "field" }, cells, over, ...frameLabels());
  let [row, column] = begin;
  function show(r, c) {
    [row, column] = [Math.min(Math.max(r, 0), count - 1), Math.min(Math.max(c, 0), count - 1)];
    cross.setAttribute("x", column);
    cross.setAttribute("y", row);
    told.replaceChildren(element("b", {}, words(row, column, value(row, column))), picture(FRAMES[row]), picture(FRAMES[column]),
      element("div", {}, `${FRAMES[row].clock} and ${FRAMES[column].clock}`), element("div", {}, more ? more(row, column) : ""));
  }
  function draw() {
    const context = cells.getContext("2d");
    const drawn = context.createImageData(count, count);
    const most = typeof high === "function" ? high() : high;
    for (let i = 0; i < count * count; i += 1) {
      drawn.data.set([...colour((value(Math.floor(i / count), i % count) - low) / Math.max(most - low, 1e-9)), 255], 4 * i);
    }
    context.putImageData(drawn, 0, 0);
    legend.replaceChildren(...scale(low.toFixed(digits), most.toFixed(digits), unit).childNodes);
    show(row, column);
  }
  function cell(event) {
    const box = cells.getBoundingClientRect();
    return [Math.floor((event.clientY - box.top) / box.height * count), Math.floor((event.clientX - box.left) / box.width * count)];
  }
  cells.addEventListener("pointermove", (event) => show(...cell(event)));
  cells.addEventListener("click", (event) => onpick(...cell(event).map((at) => Math.min(Math.max(at, 0), count - 1))));
  cells.addEventListener("keydown", (event) => {
    const by = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] }[event.key];
    if (event.key === "Enter") onpick(row, column);
    if (!by) return;
    event.preventDefault();
    show(row + by[0], column + by[1]);
  });
  const legend = element("div", { class: "scale" });
  if (controls) home.append(controls);
  home.append(element("div", { class: "matrix" }, element("div", {}, field, legend), told));
  draw();
  return draw;
}

function frameLabels() {
  const count = FRAMES.length;
  const shown = [...new Set(Array.from({ length: Math.min(7, count) }, (_, i) => Math.round(i * (count - 1) / Math.max(1, Math.min(7, count) - 1))))];
  const style = "position:absolute;font:0.7rem var(--sans);color:var(--soft);font-variant-numeric:tabular-nums;";
  return shown.flatMap((i) => {
    const share = (i + 0.5) / count;
    return [element("span", { style: `${style}left:0;top:calc((100% - 1.6rem) * ${share} - 0.5rem)`, "aria-hidden": "true" }, FRAMES[i].clock),
      element("span", { style: `${style}bottom:0;left:calc(2.6rem + (100% - 2.6rem) * ${share});transform:translateX(-50%)`, "aria-hidden": "true" }, FRAMES[i].clock)];
  });
}

const looking = { row: 0, listeners: [] };

function pickRow(row) {
  looking.row = row;
  looking.listeners.forEach((listen) => listen());
}

const LOOK = DATA.attention;
const WEIGHTS = LOOK && shares(LOOK.weights);
const MEAN = LOOK && shares(LOOK.mean);
const HEAD = LOOK?.head ? floats(LOOK.head.numbers) : null;

function weight(layer, head, row, column) {
  const count = FRAMES.length;
  return WEIGHTS[((layer * LOOK.heads + head) * count + row) * count + column];
}

FIGURES.attention = (home) => {
  const count = FRAMES.length;
  const names = ["mean"];
  for (let layer = 0; layer < LOOK.layers; layer += 1) {
    for (let head = 0; head < LOOK.heads; head += 1) names.push(`layer ${layer + 1}, head ${head + 1}`);
  }
  let shown = 0;
  const value = (row, column) => (shown === 0 ? MEAN[row * count + column] : weight(Math.floor((shown - 1) / LOOK.heads), (shown - 1) % LOOK.heads, row, column));
  const high = () => Math.max(...Array.from({ length: count * count }, (_, i) => value(Math.floor(i / count), i % count)));
  const select = element("select", { onchange: () => { shown = select.selectedIndex; draw(); } }, ...names.map((name) => element("option", {}, name)));
  const controls = names.length > 2 ? element("div", { class: "controls" }, element("label", {}, "Show", select)) : null;
  const draw = matrix(home, value, { low: 0, high, unit: "attention", digits: 2, blocks: LOOK.blocks, controls, begin: [0, Math.min(1, count - 1)], onpick: (row) => pickRow(row),
    words: (row, column, share) => `Frame ${row + 1} gives ${(100 * share).toFixed(1)} % of its attention to frame ${column + 1}`,
    more: (row) => `Even attention would be ${(100 / count).toFixed(1)} %. Frame ${row + 1} keeps ${(100 * value(row, row)).toFixed(1)} % for itself.` });
};

FIGURES.row = (home) => {
  const choice = frameChoice("Frame that looks", 0, pickRow);
  const image = picture(FRAMES[0]);
  const place = element("div", { class: "sum row" });
  function draw() {
    choice.select.value = looking.row;
    Object.assign(image, { src: FRAMES[looking.row].src, alt: `Frame ${looking.row + 1}` });
    place.replaceChildren(...(LOOK.form === "trained" ? trainedRow() : freeRow()));
  }
  looking.listeners.push(draw);
  home.append(element("div", { class: "worked" }, element("div", {}, choice.label, image), place));
  draw();
};

const SHOWN_ROWS = 6;

function freeRow() {
  const me = VECTORS[looking.row];
  const scores = VECTORS.map((other) => cosine(me, other) / LOOK.temperature);
  const most = Math.max(...scores);
  const raised = scores.map((score) => Math.exp(score - most));
  const total = raised.reduce((a, b) => a + b, 0);
  const order = scores.map((_, i) => i).sort((a, b) => scores[b] - scores[a]);
  const rows = order.slice(0, SHOWN_ROWS).map((i) => [`${FRAMES[i].n} · ${FRAMES[i].clock}`, cosine(me, VECTORS[i]).toFixed(3), scores[i].toFixed(2),
    raised[i].toFixed(4), `${(100 * raised[i] / total).toFixed(1)} %`]);
  const rest = order.slice(SHOWN_ROWS).reduce((sum, i) => sum + raised[i], 0);
  if (order.length > SHOWN_ROWS) rows.push([`${order.length - SHOWN_ROWS} others`, "", "", rest.toFixed(4), `${(100 * rest / total).toFixed(1)} %`]);
  return [rowTable(["frame", "e · e′", `÷ ${LOOK.temperature}`, "exp(score − largest)", "share"], rows),
    element("p", {}, `sum of the fourth column: ${total.toFixed(4)}; each share is its value divided by that sum. The frame's new vector is the shares' mixture of all embeddings.`)];
}

function trainedRow() {
  const width = LOOK.head.width;
  const query = headRow(0, looking.row);
  const products = FRAMES.map((_, i) => headRow(1, i).reduce((sum, value, j) => sum + value * query[j], 0));
  const scores = products.map((product) => product / Math.sqrt(width));
  const most = Math.max(...scores);
  const raised = scores.map((score) => Math.exp(score - most));
  const total = raised.reduce((a, b) => a + b, 0);
  const order = scores.map((_, i) => i).sort((a, b) => scores[b] - scores[a]);
  const rows = order.slice(0, SHOWN_ROWS).map((i) => [`${FRAMES[i].n} · ${FRAMES[i].clock}`, products[i].toFixed(2), scores[i].toFixed(2),
    raised[i].toFixed(4), `${(100 * raised[i] / total).toFixed(1)} %`]);
  const rest = order.slice(SHOWN_ROWS).reduce((sum, i) => sum + raised[i], 0);
  if (order.length > SHOWN_ROWS) rows.push([`${order.length - SHOWN_ROWS} others`, "", "", rest.toFixed(4), `${(100 * rest / total).toFixed(1)} %`]);
  const key = headRow(1, order[0]);
  const first = [0, 1, 2].map((j) => `${query[j].toFixed(2)} · ${key[j].toFixed(2)}`).join(" + ");
  return [rowTable(["frame", "q · k", `÷ √${width}`, "exp(score − largest)", "share"], rows),
    element("p", {}, `Layer 1, head 1. q of frame ${FRAMES[looking.row].n} with k of frame ${FRAMES[order[0]].n}: ${first} + … (${width} products) = ${products[order[0]].toFixed(2)}. `
      + `Sum of the fourth column: ${total.toFixed(4)}; each share is its value divided by that sum.`)];
}

function headRow(which, frame) {
  const at = (which * FRAMES.length + frame) * LOOK.head.width;
  return Array.from(HEAD.subarray(at, at + LOOK.head.width));
}

function rowTable(head, rows) {
  const line = (kind, cells) => element("tr", {}, ...cells.map((cell) => element(kind, {}, cell)));
  return element("table", {}, element("thead", {}, line("th", head)), element("tbody", {}, ...rows.map((row) => line("td", row))));
}

FIGURES.importance = (home) => {
  const height = 150;
  const most = Math.max(1, ...LOOK.importance);
  const tall = (value) => value / most * (height - 20);
  let step = 1;
  const drawing = painted(home, (place, width) => {
    step = (width - 40) / FRAMES.length;
    LOOK.importance.forEach((value, i) => {
      const picked = LOOK.picked.includes(i);
      place.append(svg("rect", { x: 40 + (i + 0.15) * step, y: height - tall(value), width: step * 0.7, height: Math.max(tall(value), 0.5), fill: picked ? "var(--warm)" : "var(--accent)" }));
      if (picked) place.append(svg("text", { x: 40 + (i + 0.5) * step, y: height - tall(value) - 5, "text-anchor": "middle", class: "strong" }, "▾"));
    });
    const usual = height - tall(1);
    place.append(svg("line", { x1: 40, x2: width, y1: usual, y2: usual, stroke: "var(--soft)", "stroke-dasharray": "3 4" }), svg("text", { x: 0, y: usual + 4 }, "usual"),
      svg("text", { x: 40, y: height + 18 }, FRAMES[0].clock), svg("text", { x: width, y: height + 18, "text-anchor": "end" }, FRAMES.at(-1).clock));
    return height + 22;
  });
  drawing.addEventListener("pointermove", (event) => {
    const i = Math.min(FRAMES.length - 1, Math.max(0, Math.floor((across(event, drawing) - 40) / step)));
    frameTip(event, FRAMES[i], `looked at ${LOOK.importance[i].toFixed(2)} times as much as usual`);
  });
};
