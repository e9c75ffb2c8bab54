// Going through the page: keys, presenting one part at a time, light and dark, the frame viewer.

const steps = [...document.querySelectorAll(".step")];
const links = [...document.querySelectorAll(".top nav a")];
const slides = [document.querySelector(".opening"), ...document.querySelectorAll(".step .part")];
const place = document.getElementById("place");
let slide = 0;

function presenting() {
  return document.body.classList.contains("presenting");
}

function currentStep() {
  const middle = innerHeight * 0.4;
  return steps.reduce((found, step, i) => (step.getBoundingClientRect().top <= middle ? i : found), -1);
}

function markStep(step) {
  links.forEach((link, i) => (i === step ? link.setAttribute("aria-current", "step") : link.removeAttribute("aria-current")));
}

function toStep(step) {
  const at = Math.min(Math.max(step, 0), steps.length - 1);
  if (presenting()) return showSlide(slides.indexOf(steps[at].querySelector(".part")));
  steps[at].scrollIntoView();
  steps[at].querySelector("h2").focus({ preventScroll: true });
  markStep(at);
}

function showSlide(number) {
  slide = Math.min(Math.max(number, 0), slides.length - 1);
  slides.forEach((part, i) => part.classList.toggle("current", i === slide));
  const home = slides[slide].closest(".step");
  steps.forEach((step) => step.classList.toggle("current", step === home));
  markStep(steps.indexOf(home));
  place.textContent = `${slide + 1} / ${slides.length}`;
  scrollTo(0, 0);
  redraw();
}

function present(on) {
  const step = currentStep();
  document.body.classList.toggle("presenting", on);
  document.getElementById("present").setAttribute("aria-pressed", String(on));
  if (on) showSlide(step < 0 ? 0 : slides.indexOf(steps[step].querySelector(".part")));
  else (slides[slide].closest(".step") || document.body).scrollIntoView();
}

function move(by) {
  if (presenting()) showSlide(slide + by);
  else toStep(currentStep() + by);
}

function dark() {
  const said = document.documentElement.dataset.theme;
  return said ? said === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
  nameTheme();
  redraw();
}

function nameTheme() {
  document.getElementById("theme").textContent = dark() ? "Light" : "Dark";
}

function onKey(event) {
  const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
  if (typing || event.altKey || event.ctrlKey || event.metaKey || event.defaultPrevented || viewer.open) return;
  if (event.key === "ArrowRight" || (event.key === "PageDown" && presenting())) move(1);
  else if (event.key === "ArrowLeft" || (event.key === "PageUp" && presenting())) move(-1);
  else if (/^[1-9]$/.test(event.key) && Number(event.key) <= steps.length) toStep(Number(event.key) - 1);
  else if (event.key.toLowerCase() === "p") present(!presenting());
  else if (event.key.toLowerCase() === "t") setTheme(dark() ? "light" : "dark");
  else if (event.key === "Escape" && presenting()) present(false);
  else return;
  event.preventDefault();
}

// The viewer: a frame at its full size on the page, and its neighbours.

const viewer = document.getElementById("viewer");
let viewed = 0;

function view(index) {
  viewed = (index + FRAMES.length) % FRAMES.length;
  const frame = FRAMES[viewed];
  const image = viewer.querySelector("img");
  image.src = frame.src;
  image.alt = `Frame ${frame.n} at ${frame.clock}`;
  viewer.querySelector("figcaption").textContent = frameWords(frame);
  if (!viewer.open) viewer.showModal();
}

function wireFrames() {
  for (const image of document.querySelectorAll("[data-picture]")) image.src = FRAMES[image.dataset.picture - 1].src;
  for (const button of document.querySelectorAll("[data-frame]")) {
    const index = Number(button.dataset.frame) - 1;
    button.addEventListener("click", () => view(index));
    if (!button.classList.contains("frame")) continue;
    button.addEventListener("pointermove", (event) => frameTip(event, FRAMES[index]));
    button.addEventListener("pointerleave", hideTip);
  }
  viewer.addEventListener("click", (event) => {
    if (event.target === viewer || "close" in event.target.dataset) viewer.close();
    else if (event.target.dataset.by) view(viewed + Number(event.target.dataset.by));
  });
  viewer.addEventListener("keydown", (event) => {
    if (event.key === "ArrowRight") view(viewed + 1);
    if (event.key === "ArrowLeft") view(viewed - 1);
  });
}
