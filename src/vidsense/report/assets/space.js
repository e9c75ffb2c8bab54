// Step 3: frames and words as points of one space.

const SPACE = DATA.embeddings;
const VECTORS = SPACE && split(floats(SPACE.frames), SPACE.dim);
const WORD_VECTORS = SPACE && split(floats(SPACE.wordVectors), SPACE.dim);

function split(values, dim) {
  return Array.from({ length: values.length / dim }, (_, i) => values.subarray(i * dim, (i + 1) * dim));
}

function dot(a, b) {
  let sum = 0;
  for (let i = 0; i < a.length; i += 1) sum += a[i] * b[i];
  return sum;
}

function cosine(a, b) {
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

function euclidean(a, b) {
  let sum = 0;
  for (let i = 0; i < a.length; i += 1) sum += (a[i] - b[i]) ** 2;
  return Math.sqrt(sum);
}

const MARKS = [
  (r) => `M${-r} 0a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0`,
  (r) => `M${-r} ${-r}h${2 * r}v${2 * r}h${-2 * r}z`,
  (r) => `M0 ${-1.2 * r}L${1.2 * r} ${r}H${-1.2 * r}z`,
  (r) => `M0 ${-1.35 * r}L${1.35 * r} 0L0 ${1.35 * r}L${-1.35 * r} 0z`,
  (r) => `M0 ${1.2 * r}L${1.2 * r} ${-r}H${-1.2 * r}z`,
  (r) => `M${-r / 2} ${-r}h${r}v${r / 2}h${r / 2}v${r}h${-r / 2}v${r / 2}h${-r}v${-r / 2}h${-r / 2}v${-r}h${r / 2}z`,
];

FIGURES.map = (home) => {
  const kept = { points: "frames", method: Object.keys(SPACE.maps.frames)[0], by: "time" };
  const legend = element("div", { class: "scale" });
  const methods = toggles("Method", Object.keys(SPACE.maps.frames), kept.method, (method) => { kept.method = method; draw(); });
  const controls = element("div", { class: "controls" }, methods,
    toggles("Colour by", ["time", "shot", "action"], kept.by, (by) => { kept.by = by; draw(); }));
  if (SPACE.maps["frames and words"]) {
    controls.append(toggles("Show", ["frames", "frames and words"], kept.points, (points) => {
      kept.points = points;
      methods.hidden = !(kept.method in SPACE.maps[points]); // words are mapped by PCA alone
      draw();
    }));
  }
  home.append(controls);
  const drawing = painted(home, (place, width) => {
    const points = SPACE.maps[kept.points][kept.method] || Object.values(SPACE.maps[kept.points])[0];
    const height = Math.max(360, Math.min(0.6 * width, presenting() ? innerHeight - 250 : Infinity));
    place.append(...mapMarks(points, kept.by, width, height));
    legend.replaceChildren(`${kept.method in SPACE.maps[kept.points] ? kept.method : "PCA"};`, ...mapLegend(kept.by));
    return height;
  });
  filled(drawing, { role: "list", "aria-label": "Frames as points", "aria-hidden": "false" }, []);
  function draw() {
    redraw(); // rare, and cheap: all figures paint themselves anew
  }
  pair.listeners.push(draw);
  home.append(legend);
};

function mapMarks(points, by, width, height) {
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  const place = (values, value, low, high) => low + (value - Math.min(...values)) / Math.max(Math.max(...values) - Math.min(...values), 1e-12) * (high - low);
  const at = points.map(([x, y]) => [place(xs, x, 24, width - 44), place(ys, y, height - 24, 30)]);
  const frames = at.slice(0, FRAMES.length);
  const path = svg("path", { d: frames.map(([x, y], i) => `${i ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`).join(""), fill: "none", stroke: "var(--line)", "stroke-width": 1.2 });
  const marks = frames.map(([x, y], i) => frameMark(i, x, y, by));
  const words = at.slice(FRAMES.length).map(([x, y], k) => svg("g", { transform: `translate(${x} ${y})` },
    svg("path", { d: "M-6 -6L6 6M-6 6L6 -6", stroke: "var(--warm)", "stroke-width": 2.5 }),
    svg("text", { x: 10, y: 4, class: "strong", style: "font-size:14px" }, SPACE.words[k])));
  return [path, ...marks, ...words];
}

function frameMark(i, x, y, by) {
  const frame = FRAMES[i];
  const picked = i === pair.a ? "a" : i === pair.b ? "b" : null;
  const tone = markColour(frame, by);
  const mark = svg("path", { d: MARKS[frame.shot % MARKS.length](7), stroke: tone, "stroke-width": 2.2, fill: frame.busy ? tone : "var(--paper)" });
  const group = svg("g", { transform: `translate(${x} ${y})`, class: "dot", tabindex: 0, role: "listitem", "aria-label": frameWords(frame),
    onpointermove: (event) => frameTip(event, frame, frame.busy ? "something happens" : "stillness"), onpointerleave: hideTip,
    onclick: () => pickOne(i), onkeydown: (event) => { if (event.key === "Enter") pickOne(i); } },
    svg("circle", { r: 13, fill: "transparent" }), mark);
  if (picked) group.append(svg("circle", { r: 14, fill: "none", stroke: "var(--warm)", "stroke-width": 2 }));
  if (picked || FRAMES.length <= 24 || i % 5 === 4) group.append(svg("text", { x: 11, y: -7, class: picked ? "strong" : null }, picked ? `${frame.n} (${picked})` : frame.n));
  return group;
}

function markColour(frame, by) {
  if (by === "action") return frame.busy ? "var(--warm)" : "var(--accent)";
  if (by === "shot") return `hsl(${(frame.shot * 137.5 + 190) % 360} 45% ${dark() ? 65 : 42}%)`;
  const [first, last] = [FRAMES[0].t, FRAMES.at(-1).t];
  const share = (frame.t - first) / Math.max(last - first, 1e-9);
  return css(dark() ? 0.25 + 0.75 * share : 0.82 * share);
}

function mapLegend(by) {
  if (by === "action") return ["filled: something happens · hollow: stillness"];
  if (by === "shot") return [`shapes and colours: ${new Set(FRAMES.map((frame) => frame.shot)).size} shots; filled: something happens`];
  return [`dark to light: ${FRAMES[0].clock} to ${FRAMES.at(-1).clock}; the line joins the frames in order`];
}

FIGURES.similarity = (home) => {
  const cosines = VECTORS.map((a) => VECTORS.map((b) => cosine(a, b)));
  const low = Math.min(...cosines.flat());
  matrix(home, (row, column) => cosines[row][column], { low, high: 1, unit: "cosine", digits: 3, begin: [0, VECTORS.length - 1],
    words: (row, column, value) => `Frames ${row + 1} and ${column + 1}: cosine ${value.toFixed(3)}`,
    more: (row) => {
      const order = cosines[row].map((value, i) => [value, i]).filter(([, i]) => i !== row).sort((a, b) => b[0] - a[0]).slice(0, 3);
      return `Nearest to frame ${row + 1}: ${order.map(([value, i]) => `${i + 1} (${value.toFixed(2)})`).join(", ")}`;
    },
    onpick: (row, column) => pickPair(row, column) });
};

FIGURES.pair = (home) => {
  const [first, second] = [frameChoice("a", pair.a, (a) => pickPair(a, pair.b)), frameChoice("b", pair.b, (b) => pickPair(pair.a, b))];
  const [left, right] = [picture(FRAMES[pair.a]), picture(FRAMES[pair.b])];
  const sum = element("div", { class: "sum", "aria-live": "polite" });
  function draw() {
    const [a, b] = [VECTORS[pair.a], VECTORS[pair.b]];
    first.select.value = pair.a;
    second.select.value = pair.b;
    Object.assign(left, { src: FRAMES[pair.a].src, alt: `Frame ${pair.a + 1}` });
    Object.assign(right, { src: FRAMES[pair.b].src, alt: `Frame ${pair.b + 1}` });
    sum.replaceChildren(...pairLines(a, b).map((text) => element("p", {}, text)));
  }
  pair.listeners.push(draw);
  home.append(element("div", { class: "worked" }, element("div", {}, first.label, left), element("div", {}, second.label, right), sum));
  draw();
};

function pairLines(a, b) {
  const some = (vector) => `[${[...vector.subarray(0, 4)].map((value) => value.toFixed(3)).join(", ")}, …]`;
  const terms = [0, 1, 2].map((i) => `${a[i].toFixed(3)}·${b[i].toFixed(3)}`).join(" + ");
  const squares = [0, 1, 2].map((i) => `(${(a[i] - b[i]).toFixed(3)})²`).join(" + ");
  const [product, one, two] = [dot(a, b), Math.sqrt(dot(a, a)), Math.sqrt(dot(b, b))];
  const cos = product / (one * two);
  const degrees = Math.acos(Math.min(1, Math.max(-1, cos))) * 180 / Math.PI;
  return [`a = ${some(a)}`, `b = ${some(b)}`, `a · b = ${terms} + … = ${product.toFixed(4)}`,
    `‖a‖ = ${one.toFixed(4)}, ‖b‖ = ${two.toFixed(4)}`, `cos θ = ${product.toFixed(4)} / (${one.toFixed(4)} · ${two.toFixed(4)}) = ${cos.toFixed(4)}, θ = ${degrees.toFixed(1)}°`,
    `d = √(${squares} + …) = ${euclidean(a, b).toFixed(4)}`, `For vectors of length 1, d = √(2 − 2 cos θ) = ${Math.sqrt(Math.max(0, 2 - 2 * cos)).toFixed(4)}`];
}

FIGURES.words = (home) => {
  const curves = WORD_VECTORS.map((word) => VECTORS.map((frame) => cosine(word, frame)));
  const all = curves.flat();
  const [low, high] = [Math.min(...all), Math.max(...all)];
  const [first, last] = [FRAMES[0].t, FRAMES.at(-1).t];
  const dashes = [null, "7 4", "2 3", "10 3 2 3", "1 5", "14 4"];
  const y = (value) => 20 + (high - value) / Math.max(high - low, 1e-9) * 190;
  const ends = spread(curves.map((curve) => y(curve.at(-1))), 15);
  const longest = Math.max(...SPACE.words.map((word) => word.length));
  let right = 0;
  const x = (seconds) => 46 + (seconds - first) / Math.max(last - first, 1e-9) * (right - 46);
  const drawing = painted(home, (place, width) => {
    right = width - Math.min(0.35 * width, 16 + 7 * longest);
    place.append(svg("text", { x: 0, y: 24 }, high.toFixed(3)), svg("text", { x: 0, y: 214 }, low.toFixed(3)),
      svg("line", { x1: 46, x2: right, y1: 210, y2: 210, stroke: "var(--line)" }),
      svg("text", { x: 46, y: 230 }, FRAMES[0].clock), svg("text", { x: right, y: 230, "text-anchor": "end" }, FRAMES.at(-1).clock));
    curves.forEach((curve, k) => place.append(
      svg("path", { d: curve.map((value, i) => `${i ? "L" : "M"}${x(FRAMES[i].t).toFixed(1)} ${y(value).toFixed(1)}`).join(""), fill: "none", stroke: ["var(--accent)", "var(--warm)", "var(--ink)"][k % 3], "stroke-width": 1.8, "stroke-dasharray": dashes[k % dashes.length] }),
      svg("text", { x: right + 8, y: ends[k] + 4, class: "strong" }, SPACE.words[k])));
    return Math.max(240, Math.max(...ends) + 16);
  });
  drawing.addEventListener("pointermove", (event) => {
    const frame = nearestFrame(first + (across(event, drawing) - 46) / Math.max(right - 46, 1) * (last - first));
    frameTip(event, frame, ...SPACE.words.map((word, k) => `${word}: ${curves[k][frame.n - 1].toFixed(3)}`));
  });
};

function spread(places, least) {
  const order = places.map((_, i) => i).sort((a, b) => places[a] - places[b]);
  const moved = [...places];
  order.forEach((k, i) => { if (i) moved[k] = Math.max(moved[k], moved[order[i - 1]] + least); });
  return moved;
}
