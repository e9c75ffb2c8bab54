"use strict";
// What all figures share: the data, making elements, the tip, colours, and the pair of frames that the reader picked.

const DATA = JSON.parse(document.getElementById("data").textContent);
const FRAMES = DATA.frames;
const FIGURES = {}; // kind → draws one into its place

function element(name, attributes = {}, ...children) {
  return filled(document.createElement(name), attributes, children);
}

function svg(name, attributes = {}, ...children) {
  return filled(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
}

function filled(node, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (value === true) node.setAttribute(key, "");
    else if (value !== false && value != null) node.setAttribute(key, value);
  }
  node.append(...children.filter((child) => child != null));
  return node;
}

function bytes(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

function floats(text) {
  return new Float32Array(bytes(text).buffer);
}

function shares(text) {
  return Float64Array.from(new Uint16Array(bytes(text).buffer), (value) => value / 65535);
}

function picture(frame, attributes = {}) {
  return element("img", { src: frame.src, alt: `Frame ${frame.n} at ${frame.clock}`, ...attributes });
}

function frameWords(frame) {
  const what = frame.id ? `${frame.id}, ${frame.reason}` : "between chosen frames";
  return `Frame ${frame.n} · ${frame.clock} · shot ${frame.shot + 1} · ${what}`;
}

function nearestFrame(seconds) {
  return FRAMES.reduce((best, frame) => (Math.abs(frame.t - seconds) < Math.abs(best.t - seconds) ? frame : best));
}

// Figures are painted at the width that they have, so that their letters keep their size; and again when it changes.

const NARROW = 560;

function painted(home, paint) {
  const drawing = svg("svg", { "aria-hidden": "true" });
  let width = 0;
  function draw() {
    width = Math.max(300, home.clientWidth || width || 900);
    drawing.replaceChildren();
    const height = paint(drawing, width);
    drawing.setAttribute("viewBox", `0 0 ${width} ${height}`);
  }
  new ResizeObserver(() => { if (home.clientWidth && home.clientWidth !== width && !matchMedia("print").matches) draw(); }).observe(home);
  addEventListener("redraw", draw);
  drawing.addEventListener("pointerleave", hideTip);
  home.append(drawing);
  draw();
  return drawing;
}

function across(event, node) {
  const box = node.getBoundingClientRect();
  return event.clientX - box.left;
}

// The tip beside the pointer.

const tip = document.getElementById("tip");

function showTip(event, ...content) {
  tip.replaceChildren(...content);
  tip.hidden = false;
  const { width, height } = tip.getBoundingClientRect();
  const x = event.clientX + 16 + width > innerWidth ? event.clientX - 16 - width : event.clientX + 16;
  const y = event.clientY + 16 + height > innerHeight ? event.clientY - 16 - height : event.clientY + 16;
  tip.style.left = `${Math.max(4, x)}px`;
  tip.style.top = `${Math.max(4, y)}px`;
}

function hideTip() {
  tip.hidden = true;
}

function frameTip(event, frame, ...more) {
  showTip(event, picture(frame), element("div", {}, frameWords(frame)), ...more.map((text) => element("div", {}, text)));
}

// Cividis: grows lighter steadily, readable in grey and without red or green.

const CIVIDIS = ["#00204c", "#213d6b", "#555b6c", "#7b7a77", "#a59c74", "#d3c064", "#ffe945"];
const CIVIDIS_RGB = CIVIDIS.map((hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)));

function colour(share) {
  const place = Math.min(Math.max(share, 0), 1) * (CIVIDIS_RGB.length - 1);
  const below = Math.min(Math.floor(place), CIVIDIS_RGB.length - 2);
  const [a, b] = [CIVIDIS_RGB[below], CIVIDIS_RGB[below + 1]];
  return a.map((value, i) => Math.round(value + (b[i] - value) * (place - below)));
}

function css(share) {
  return `rgb(${colour(share).join(" ")})`;
}

function scale(low, high, unit) {
  const canvas = element("canvas", { width: 90, height: 1, "aria-hidden": "true" });
  const context = canvas.getContext("2d");
  for (let x = 0; x < 90; x += 1) {
    context.fillStyle = css(x / 89);
    context.fillRect(x, 0, 1, 1);
  }
  return element("div", { class: "scale" }, low, canvas, `${high} ${unit}`);
}

function toggles(name, options, chosen, onchange) {
  const buttons = options.map((option) =>
    element("button", { type: "button", "aria-pressed": String(option === chosen), onclick: () => choose(option) }, option));
  function choose(option) {
    buttons.forEach((button, i) => button.setAttribute("aria-pressed", String(options[i] === option)));
    onchange(option);
  }
  return element("div", { class: "group", role: "group", "aria-label": name }, `${name} `, ...buttons);
}

function frameChoice(label, chosen, onchange) {
  const options = FRAMES.map((frame, i) =>
    element("option", { value: i, selected: i === chosen }, `${frame.n} · ${frame.clock}`));
  const select = element("select", { onchange: () => onchange(Number(select.value)) }, ...options);
  return { select, label: element("label", {}, label, select) };
}

// Two frames that the reader compares; figures listen.

const pair = { a: 0, b: Math.max(0, FRAMES.length - 1), listeners: [], turn: "a" };

function pickPair(a, b) {
  pair.a = a;
  pair.b = b;
  pair.listeners.forEach((listen) => listen());
}

function pickOne(frame) {
  const other = pair.turn === "a" ? [frame, pair.b] : [pair.a, frame];
  pair.turn = pair.turn === "a" ? "b" : "a";
  pickPair(...other);
}
