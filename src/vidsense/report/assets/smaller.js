// Step 6: a weight matrix in fewer bits: its histogram with the grid, and one block worked through.

const SMALL = DATA.smaller;
const SMALL_NAMES = SMALL && SMALL.layouts.map((layout) => `${layout.bits}`);

function signedNumber(value, digits = 4) {
  return value.toFixed(digits).replace("-", "−");
}

FIGURES.weights = (home) => {
  const height = 190;
  let bits = 4;
  const most = Math.max(...SMALL.counts);
  const bins = SMALL.counts.length;
  home.append(element("div", { class: "controls" }, toggles("Bits", SMALL_NAMES, `${bits}`, (name) => { bits = Number(name); dispatchEvent(new Event("redraw")); })));
  const drawing = painted(home, (place, width) => {
    const step = width / bins;
    SMALL.counts.forEach((count, i) => {
      const tall = count ? Math.max(1, (height - 12) * Math.log1p(count) / Math.log1p(most)) : 0;
      place.append(svg("rect", { x: (i + 0.1) * step, y: height - tall, width: step * 0.8, height: tall, fill: "var(--accent)" }));
    });
    const levels = 2 ** (bits - 1) - 1;
    for (let q = -levels; q <= levels; q += 1) {
      const x = (q / levels + 1) / 2 * (width - 2) + 1;
      place.append(svg("line", { x1: x, x2: x, y1: height + 3, y2: height + 15, stroke: "var(--warm)", "stroke-width": bits === 8 ? 0.6 : 2 }));
    }
    place.append(svg("text", { x: 0, y: height + 32 }, signedNumber(-SMALL.limit, 3)), svg("text", { x: width / 2, y: height + 32, "text-anchor": "middle" }, "0"),
      svg("text", { x: width, y: height + 32, "text-anchor": "end" }, signedNumber(SMALL.limit, 3)),
      svg("text", { x: 0, y: 10 }, "weights (height: logarithm of the count)"));
    return height + 38;
  });
  drawing.addEventListener("pointermove", (event) => {
    const i = Math.min(bins - 1, Math.max(0, Math.floor(across(event, drawing) / drawing.clientWidth * bins)));
    const edge = (at) => signedNumber((2 * at / bins - 1) * SMALL.limit, 3);
    showTip(event, element("div", {}, `${SMALL.counts[i].toLocaleString("en")} weights from ${edge(i)} to ${edge(i + 1)}`));
  });
};

FIGURES.block = (home) => {
  const weights = floats(SMALL.weights);
  const layouts = SMALL.layouts.map((layout) => ({ ...layout, steps: bytes(layout.steps), scales: floats(layout.scales), minima: floats(layout.minima) }));
  const chosen = { row: 0, block: 0, layout: layouts[1] };
  const option = (text, value) => element("option", { value }, text);
  const rows = element("select", { onchange: () => { chosen.row = rows.selectedIndex; redrawn(); } }, ...SMALL.rows.map((name, i) => option(name, i)));
  const blocks = element("select", { onchange: () => { chosen.block = blocks.selectedIndex; redrawn(); } });
  const place = element("div", { class: "sum row" });
  function fill() {
    const count = SMALL.width / chosen.layout.group;
    chosen.block = Math.min(chosen.block, count - 1);
    blocks.replaceChildren(...Array.from({ length: count }, (_, i) => option(`${i + 1} of ${count}`, i)));
    blocks.selectedIndex = chosen.block;
  }
  function pickBits(name) {
    const first = chosen.block * chosen.layout.group;
    chosen.layout = layouts.find((layout) => `${layout.bits}` === name);
    chosen.block = Math.floor(first / chosen.layout.group);
    fill();
    redrawn();
  }
  function redrawn() {
    place.replaceChildren(...blockWords(block()));
    dispatchEvent(new Event("redraw"));
  }
  function block() {
    const { group, steps, scales, minima, bits, fine, coarse } = chosen.layout;
    const at = chosen.row * SMALL.width / group + chosen.block;
    const begin = chosen.row * SMALL.width + chosen.block * group;
    const [scale, minimum] = [scales[at], minima[at]];
    const numbers = Array.from({ length: group }, (_, i) => {
      const [w, q] = [weights[begin + i], steps[begin + i] - (bits === 8 ? 128 : 0)];
      const back = scale * q - minimum;
      return { w, q, back, error: back - w };
    });
    return { numbers, scale, minimum, bits, group, fine: fine && fine.map((values) => values[at]), coarse: coarse && coarse.map((values) => values[chosen.row]) };
  }
  home.append(element("div", { class: "controls" }, element("label", {}, "Row", rows), toggles("Bits", SMALL_NAMES, "4", pickBits), element("label", {}, "Block", blocks)));
  const drawing = painted(home, (svgPlace, width) => paintBlock(svgPlace, width, block()));
  drawing.addEventListener("pointermove", (event) => {
    const { numbers } = block();
    const i = Math.min(numbers.length - 1, Math.max(0, Math.floor((across(event, drawing) - 48) / (drawing.clientWidth - 48) * numbers.length)));
    const { w, q, back, error } = numbers[i];
    showTip(event, element("div", {}, `Weight ${i + 1}: ${signedNumber(w)} → ${signedNumber(q, 0)} → ${signedNumber(back)}, off by ${signedNumber(error)}`));
  });
  home.append(place);
  fill();
  redrawn();
};

function paintBlock(place, width, { numbers, scale, minimum, bits }) {
  const [height, left] = [220, 48];
  const all = numbers.flatMap(({ w, back }) => [w, back]);
  const [low, high] = [Math.min(0, ...all), Math.max(0, ...all)];
  const y = (value) => 8 + (high - value) / Math.max(high - low, 1e-9) * (height - 16);
  const [from, to] = bits === 8 ? [-127, 127] : [0, 2 ** bits - 1];
  for (let q = from; q <= to; q += 1) {
    const value = scale * q - minimum;
    if (value < low - 1e-9 || value > high + 1e-9) continue;
    place.append(svg("line", { x1: left, x2: width, y1: y(value), y2: y(value), stroke: "var(--line)", "stroke-width": bits === 8 ? 0.5 : 1 }));
  }
  const step = (width - left) / numbers.length;
  numbers.forEach(({ w, back }, i) => {
    const x = left + (i + 0.5) * step;
    place.append(svg("line", { x1: x, x2: x, y1: y(w), y2: y(back), stroke: "var(--warm)", "stroke-width": 3 }),
      svg("line", { x1: x - step * 0.32, x2: x + step * 0.32, y1: y(back), y2: y(back), stroke: "var(--ink)", "stroke-width": 1.5 }),
      svg("circle", { cx: x, cy: y(w), r: Math.min(4, step * 0.3), fill: "var(--accent)" }));
  });
  place.append(svg("text", { x: 0, y: y(high) + 4 }, signedNumber(high, 3)), svg("text", { x: 0, y: y(low) + 4 }, signedNumber(low, 3)));
  if (high > 0 && low < 0 && Math.min(y(0) - y(high), y(low) - y(0)) > 14) place.append(svg("text", { x: 0, y: y(0) + 4 }, "0"));
  return height;
}

const SHOWN_WEIGHTS = 8;

function blockWords({ numbers, scale, minimum, bits, group, fine, coarse }) {
  const values = numbers.map(({ w }) => w);
  const rms = (pick) => Math.sqrt(numbers.reduce((sum, each) => sum + pick(each) ** 2, 0) / numbers.length);
  const rows = numbers.slice(0, SHOWN_WEIGHTS).map(({ w, q, back, error }) => [signedNumber(w), signedNumber(q, 0), signedNumber(back), signedNumber(error)]);
  const size = rms(({ w }) => w);
  const share = size ? 100 * rms(({ error }) => error) / size : 0;
  return [element("p", {}, bits === 8 ? scaleWords(values, scale) : minimumWords(values, scale, minimum, bits, fine, coarse)),
    rowTable(["w", "q", "comes back", "error"], rows),
    element("p", {}, `The first ${SHOWN_WEIGHTS} of ${group} weights. All ${group} together are off by ${share.toFixed(1)} % of their size.`)];
}

function scaleWords(values, scale) {
  const largest = Math.max(...values.map(Math.abs));
  return `The largest is ${largest.toFixed(4)}: scale = ${largest.toFixed(4)} / 127 = ${scale.toFixed(6)}.`;
}

function minimumWords(values, scale, minimum, bits, fine, coarse) {
  const [low, high, levels] = [Math.min(0, ...values), Math.max(0, ...values), 2 ** bits - 1];
  return `From ${signedNumber(low)} to ${signedNumber(high)}: scale = ${(high - low).toFixed(4)} / ${levels} = ${((high - low) / levels).toFixed(5)}, ` +
    `kept as d · ${fine[0]} = ${coarse[0].toFixed(6)} · ${fine[0]} = ${scale.toFixed(5)}; minimum = ${(-low).toFixed(4)}, kept as dmin · ${fine[1]} = ${minimum.toFixed(4)}.`;
}
