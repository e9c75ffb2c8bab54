// Step 2: patches, the video as a sequence of them, and which frames each way of choosing takes.

FIGURES.patches = (home) => {
  const { picture: source, height, width, rows, columns, dim, tokens } = DATA.patches;
  const [tall, wide] = [height / rows, width / columns];
  const image = element("img", { src: source, alt: "" });
  const grid = svg("svg", { viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" });
  for (let i = 1; i < columns; i += 1) grid.append(svg("line", { x1: i * wide, x2: i * wide, y1: 0, y2: height, stroke: "white", "stroke-opacity": 0.6, "stroke-width": 1, "vector-effect": "non-scaling-stroke" }));
  for (let i = 1; i < rows; i += 1) grid.append(svg("line", { y1: i * tall, y2: i * tall, x1: 0, x2: width, stroke: "white", "stroke-opacity": 0.6, "stroke-width": 1, "vector-effect": "non-scaling-stroke" }));
  const lit = svg("rect", { width: wide, height: tall, fill: "none", stroke: "#ffd54a", "stroke-width": 3, "vector-effect": "non-scaling-stroke" });
  grid.append(lit);
  const big = element("canvas", { width: wide, height: tall, "aria-hidden": "true" });
  const told = element("dl", { "aria-live": "polite" });
  const box = element("div", { class: "picture", tabindex: 0, role: "application", "aria-label": "Patches: move with the arrow keys" }, image, grid);
  let number = Math.floor(rows / 2) * columns + Math.floor(columns / 2);
  function show(next) {
    number = Math.min(Math.max(next, 0), rows * columns - 1);
    const [row, column] = [Math.floor(number / columns), number % columns];
    lit.setAttribute("x", column * wide);
    lit.setAttribute("y", row * tall);
    const context = big.getContext("2d", { willReadFrequently: true });
    context.drawImage(image, column * wide, row * tall, wide, tall, 0, 0, wide, tall);
    const pixels = context.getImageData(0, 0, wide, tall).data;
    const mean = [0, 1, 2].map((c) => pixels.filter((_, i) => i % 4 === c).reduce((a, b) => a + b, 0) / (wide * tall));
    const facts = [["patch", `${number} of ${rows * columns} (row ${row}, column ${column})`],
      ["pixels", `x ${column * wide}–${(column + 1) * wide - 1}, y ${row * tall}–${(row + 1) * tall - 1}`],
      ["values in", `${wide} × ${tall} × 3 = ${wide * tall * 3}`],
      ["mean colour", `R ${mean[0].toFixed(0)}  G ${mean[1].toFixed(0)}  B ${mean[2].toFixed(0)}`]];
    if (tokens) facts.push([`token out`, `[${tokens[number].map((v) => v.toFixed(2)).join(", ")}, … ${dim} numbers]`]);
    told.replaceChildren(...facts.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)]));
  }
  box.addEventListener("pointermove", (event) => {
    const area = image.getBoundingClientRect();
    const column = Math.min(columns - 1, Math.max(0, Math.floor((event.clientX - area.left) / area.width * columns)));
    const row = Math.min(rows - 1, Math.max(0, Math.floor((event.clientY - area.top) / area.height * rows)));
    show(row * columns + column);
  });
  box.addEventListener("keydown", (event) => {
    const by = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns }[event.key];
    if (!by) return;
    event.preventDefault();
    show(number + by);
  });
  image.addEventListener("load", () => show(number), { once: true });
  home.append(box, element("div", { class: "close" }, big, told));
};

FIGURES.sequence = (home) => {
  const { patches, columns, colours } = DATA.sequence;
  const values = bytes(colours);
  const canvas = element("canvas", { width: FRAMES.length, height: patches, "aria-hidden": "true" });
  const context = canvas.getContext("2d");
  const drawn = context.createImageData(FRAMES.length, patches);
  for (let i = 0; i < FRAMES.length * patches; i += 1) {
    drawn.data.set([values[3 * i], values[3 * i + 1], values[3 * i + 2], 255], 4 * i);
  }
  context.putImageData(drawn, 0, 0);
  canvas.addEventListener("pointermove", (event) => {
    const box = canvas.getBoundingClientRect();
    const at = Math.min(FRAMES.length - 1, Math.max(0, Math.floor((event.clientX - box.left) / box.width * FRAMES.length)));
    const patch = Math.min(patches - 1, Math.max(0, Math.floor((event.clientY - box.top) / box.height * patches)));
    frameTip(event, FRAMES[at], `patch ${patch} (row ${Math.floor(patch / columns)}, column ${patch % columns}): token ${(at * patches + patch + 1).toLocaleString("en")} of ${(FRAMES.length * patches).toLocaleString("en")}`);
  });
  canvas.addEventListener("pointerleave", hideTip);
  home.append(canvas);
};

FIGURES.ways = (home) => {
  const line = DATA.timeline;
  const lane = 34;
  const bottom = DATA.ways.length * lane;
  let axis = null;
  const drawing = painted(home, (place, width) => {
    axis = timeAxis(line, width);
    drawShotStarts(place, line, axis, 0, bottom);
    DATA.ways.forEach(({ name, times }, i) => {
      const dense = times.length > 300;
      const path = times.map((time) => `M${axis.x(time).toFixed(1)} ${i * lane + 6}v20`).join("");
      place.append(svg("text", { x: 0, y: i * lane + 20, class: "strong" }, name),
        svg("path", { d: path, stroke: "var(--accent)", "stroke-width": dense ? 0.6 : 2, "stroke-opacity": dense ? 0.5 : 1 }));
    });
    drawSeconds(place, line, axis, bottom);
    return bottom + 26;
  });
  drawing.addEventListener("pointermove", (event) => {
    const seconds = axis.at(across(event, drawing));
    const row = Math.floor((event.clientY - drawing.getBoundingClientRect().top) / lane);
    const way = DATA.ways[Math.min(DATA.ways.length - 1, Math.max(0, row))];
    const time = way.times.reduce((best, one) => (Math.abs(one - seconds) < Math.abs(best - seconds) ? one : best));
    showTip(event, picture(nearestFrame(time)), element("div", {}, `${way.name}: a frame at ${time.toFixed(2)} s (here the page's nearest)`));
  });
};
