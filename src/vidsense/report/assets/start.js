// Draw everything, then listen.

const drawings = [...document.querySelectorAll("[data-figure]")];

function redraw() {
  dispatchEvent(new Event("redraw"));
}

for (const drawing of drawings) {
  drawing.classList.add(drawing.dataset.figure);
  FIGURES[drawing.dataset.figure](drawing);
}
wireFrames();
nameTheme();
markStep(currentStep());
addEventListener("keydown", onKey);
addEventListener("scroll", () => presenting() || markStep(currentStep()), { passive: true });
document.getElementById("present").addEventListener("click", () => present(!presenting()));
document.getElementById("theme").addEventListener("click", () => setTheme(dark() ? "light" : "dark"));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { nameTheme(); redraw(); });
document.documentElement.dataset.ready = "true";
