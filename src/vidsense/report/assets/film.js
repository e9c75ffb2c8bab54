// Step 1: the frames as a film, and what was measured over time.

const film = { index: 0, listeners: [] };

function showInFilm(index) {
  film.index = index;
  film.listeners.forEach((listen) => listen());
}

FIGURES.film = (home) => {
  const screen = picture(FRAMES[0], { class: "screen" });
  const time = element("output", {});
  const slider = element("input", { type: "range", min: 0, max: FRAMES.length - 1, value: 0, "aria-label": "Frame",
    oninput: () => { stop(); showInFilm(Number(slider.value)); } });
  const play = element("button", { type: "button", onclick: () => (timer ? stop() : start()) }, "Play");
  const strip = element("div", { class: "strip" }, ...FRAMES.map((frame, i) =>
    element("button", { type: "button", onclick: () => { stop(); showInFilm(i); }, "aria-label": frameWords(frame) },
      element("img", { src: frame.src, alt: "" }))));
  let timer = null;
  function stop() {
    clearTimeout(timer);
    timer = null;
    play.textContent = "Play";
  }
  function start() {
    play.textContent = "Pause";
    if (film.index === FRAMES.length - 1) showInFilm(0);
    next();
  }
  function next() {
    const here = FRAMES[film.index];
    const after = FRAMES[film.index + 1];
    if (!after) return stop();
    timer = setTimeout(() => { showInFilm(film.index + 1); next(); }, Math.min(1000, 1000 * (after.t - here.t)));
    return undefined;
  }
  function draw() {
    const frame = FRAMES[film.index];
    screen.src = frame.src;
    screen.alt = `Frame ${frame.n} at ${frame.clock}`;
    slider.value = film.index;
    slider.setAttribute("aria-valuetext", frameWords(frame));
    time.textContent = frameWords(frame);
    [...strip.children].forEach((button, i) =>
      i === film.index ? button.setAttribute("aria-current", "true") : button.removeAttribute("aria-current"));
    const lit = strip.children[film.index];
    strip.scrollLeft = lit.offsetLeft - strip.clientWidth / 2;
  }
  film.listeners.push(draw);
  screen.addEventListener("load", () => home.style.setProperty("--aspect", screen.naturalWidth / screen.naturalHeight), { once: true });
  home.append(screen, element("div", { class: "controls" }, play, slider, time), strip);
  draw();
};

const CURVES = [["change", "change, of 255", "var(--ink)", null], ["moving", "moving, % of picture", "var(--warm)", null],
  ["brightness", "brightness, of 255", "var(--accent)", "4 3"]];

const AXIS = { left: 130, right: 8 };

function timeAxis(line, width) {
  const left = width < NARROW ? 88 : AXIS.left;
  const whole = Math.max(line.end - line.start, 1e-9);
  return { left, right: width - AXIS.right, x: (seconds) => left + ((seconds - line.start) / whole) * (width - left - AXIS.right),
    at: (x) => line.start + Math.min(Math.max((x - left) / (width - left - AXIS.right), 0), 1) * whole };
}

FIGURES.timeline = (home) => {
  const line = DATA.timeline;
  const [curve, lane] = [64, 20];
  const cursor = svg("line", { stroke: "var(--accent)", "stroke-width": 1.5 });
  let axis = null;
  const drawing = painted(home, (place, width) => {
    axis = timeAxis(line, width);
    CURVES.forEach((one, i) => drawCurve(place, line, one, { ...axis, top: 16 + i * (curve + 18), height: curve }));
    const lanesTop = 16 + CURVES.length * (curve + 18);
    const bottom = lanesTop + 24 + line.lanes.length * lane;
    drawLanes(place, line, { ...axis, top: lanesTop, lane });
    drawShotStarts(place, line, axis, 8, bottom);
    drawSeconds(place, line, axis, bottom);
    filled(cursor, { y1: 8, y2: bottom }, []);
    place.append(cursor);
    moveCursor();
    return bottom + 34;
  });
  function moveCursor() {
    cursor.setAttribute("transform", `translate(${axis.x(FRAMES[film.index].t)} 0)`);
  }
  film.listeners.push(moveCursor);
  drawing.addEventListener("pointermove", (event) => timelineTip(event, line, axis.at(across(event, drawing))));
  drawing.addEventListener("click", (event) => showInFilm(FRAMES.indexOf(nearestFrame(axis.at(across(event, drawing))))));
};

function drawShotStarts(drawing, line, { x }, top, bottom) {
  for (const [start] of line.shots.slice(1)) {
    drawing.append(svg("line", { x1: x(start), x2: x(start), y1: top, y2: bottom, stroke: "var(--soft)", "stroke-dasharray": "2 4" }));
  }
}

function drawCurve(drawing, line, [name, words, colour, dash], { x, top, height, left, right }) {
  const values = line[name];
  const most = Math.max(1, ...values);
  const path = values.map((value, i) => `${i ? "L" : "M"}${x(line.seconds[i]).toFixed(1)} ${(top + height * (1 - value / most)).toFixed(1)}`);
  drawing.append(
    svg("text", { x: 0, y: top + height / 2 - 6, class: "strong" }, words.split(", ")[0]),
    svg("text", { x: 0, y: top + height / 2 + 8 }, words.split(", ")[1] || ""),
    svg("text", { x: left + 4, y: top + 4 }, most.toFixed(0)),
    svg("line", { x1: left, x2: right, y1: top + height, y2: top + height, stroke: "var(--line)" }),
    svg("path", { d: path.join(""), fill: "none", stroke: colour, "stroke-width": 1.4, "stroke-dasharray": dash }),
  );
}

function drawLanes(drawing, line, { x, top, lane }) {
  drawing.append(svg("text", { x: 0, y: top + 12, class: "strong" }, "shots"));
  line.shots.forEach(([start, end], i) => {
    drawing.append(svg("rect", { x: x(start), y: top, width: Math.max(1, x(end) - x(start)), height: 16, fill: "none", stroke: "var(--soft)" }));
    if (x(end) - x(start) > 14) {
      drawing.append(svg("text", { x: (x(start) + x(end)) / 2, y: top + 12, "text-anchor": "middle", class: "strong" }, i + 1));
    }
  });
  line.lanes.forEach(({ name, spans }, i) => {
    const y = top + 24 + i * lane;
    drawing.append(svg("text", { x: 0, y: y + 10 }, name));
    for (const [start, end] of spans) {
      drawing.append(svg("rect", { x: x(start), y, width: Math.max(2.5, x(end) - x(start)), height: 11, rx: 2, fill: "var(--accent)", "fill-opacity": 0.75 }));
    }
  });
}

function drawSeconds(drawing, line, { x, left, right }, y) {
  const whole = line.end - line.start;
  const most = Math.max(3, (right - left) / 70);
  const step = [0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600].find((one) => whole / one <= most) || 7200;
  for (let second = Math.ceil(line.start / step) * step; second <= line.end; second += step) {
    const words = whole < 120 ? `${second} s` : `${Math.floor(second / 60)}:${String(Math.round(second % 60)).padStart(2, "0")}`;
    drawing.append(svg("text", { x: x(second), y: y + 20, "text-anchor": "middle" }, words));
  }
}

function timelineTip(event, line, seconds) {
  const at = line.seconds.reduce((best, time, i) => (Math.abs(time - seconds) < Math.abs(line.seconds[best] - seconds) ? i : best), 0);
  const values = CURVES.map(([name, words]) => `${words}: ${line[name][at]}`);
  const facts = line.lanes.filter(({ spans }) => spans.some(([start, end]) => start <= seconds && seconds <= end));
  frameTip(event, nearestFrame(seconds), `at ${seconds.toFixed(1)} s`, ...values, facts.map(({ name }) => name).join(", "));
}
