// Step 7: a frozen matrix, the two thin ones beside it, and their product.

FIGURES.taught = (home) => {
  const { rows, columns, rank, scale, most, ...kept } = DATA.taught;
  const [w, a, b] = [bytes(kept.w), floats(kept.a), floats(kept.b)];
  const frozen = (row, column) => (w[row * columns + column] - 127) / 127 * most;
  const product = (row, column) => {
    let sum = 0;
    for (let k = 0; k < rank; k += 1) sum += b[row * rank + k] * a[k * columns + column];
    return scale * sum;
  };
  const told = element("p", { class: "worked-cell", "aria-live": "polite" });
  const all = [
    signedCells("W, frozen", rows, columns, frozen, (row, column) => `W, row ${row + 1}, column ${column + 1}: ${frozen(row, column).toFixed(4)}, in 255 steps`),
    signedCells("B", rows, rank, (row, k) => b[row * rank + k], (row, k) => `B, row ${row + 1}, column ${k + 1}: ${b[row * rank + k].toFixed(5)}`),
    signedCells("A", rank, columns, (k, column) => a[k * columns + column], (k, column) => `A, row ${k + 1}, column ${column + 1}: ${a[k * columns + column].toFixed(5)}`),
    signedCells("s · B A", rows, columns, product, (row, column) => `${scale} · (${Array.from({ length: rank }, (_, k) => `${b[row * rank + k].toFixed(3)} · ${a[k * columns + column].toFixed(3)}`).join(" + ")}) = ${product(row, column).toFixed(5)}, beside W's ${frozen(row, column).toFixed(4)}`),
  ];
  for (const each of all) each.listen((words) => { told.textContent = words; });
  const [first, tall, wide, sum] = all.map((each) => each.place);
  home.append(element("div", { class: "matrices" }, first, operator("+"), sum),
    element("div", { class: "matrices" }, operator("where s · B A is"), operator(`${scale} ·`), tall, operator("×"), wide), told);
  const draw = () => all.forEach((each) => each.draw());
  addEventListener("redraw", draw);
  draw();
  told.textContent = all[3].words(0, 0);
};

function operator(text) {
  return element("span", { class: "sign", "aria-hidden": "true" }, text);
}

function cssChannels(name) {
  const probe = element("span", { style: `color:var(${name})`, hidden: true });
  document.body.append(probe);
  const found = getComputedStyle(probe).color.match(/[\d.]+/g).slice(0, 3).map(Number);
  probe.remove();
  return found;
}

function signedCells(name, rows, columns, value, words) {
  const canvas = element("canvas", { width: columns, height: rows, class: "cells" });
  let most = 0;
  for (let i = 0; i < rows * columns; i += 1) most = Math.max(most, Math.abs(value(Math.floor(i / columns), i % columns)));
  const thin = rows < columns ? "wide" : columns < rows ? "tall" : "square";
  const place = element("div", { class: `one ${thin}` }, element("span", {}, name), canvas,
    element("small", {}, `${rows} × ${columns}, up to ±${most.toPrecision(2)}`));
  function draw() {
    const [zero, below, above] = ["--raised", "--accent", "--warm"].map(cssChannels);
    const context = canvas.getContext("2d");
    const drawn = context.createImageData(columns, rows);
    for (let i = 0; i < rows * columns; i += 1) {
      const share = value(Math.floor(i / columns), i % columns) / (most || 1);
      const end = share < 0 ? below : above;
      const weight = Math.sqrt(Math.abs(share));
      drawn.data.set([...zero.map((from, c) => Math.round(from + (end[c] - from) * weight)), 255], 4 * i);
    }
    context.putImageData(drawn, 0, 0);
  }
  function listen(told) {
    canvas.addEventListener("pointermove", (event) => {
      const box = canvas.getBoundingClientRect();
      const at = (share, count) => Math.min(count - 1, Math.max(0, Math.floor(share * count)));
      told(words(at((event.clientY - box.top) / box.height, rows), at((event.clientX - box.left) / box.width, columns)));
    });
  }
  return { place, draw, listen, words };
}
