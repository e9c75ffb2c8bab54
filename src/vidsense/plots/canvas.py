"""In: a figure. Out: a picture file that says in words what it shows. How all figures look is decided here."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from vidsense.errors import OutputError

INK, SOFT, LINE, ACCENT, WARM = "#23211d", "#6d6a63", "#d9d5cc", "#1d6a72", "#b3541e"
PAPER = "#ffffff"
SEQUENTIAL = "cividis"
"""Grows lighter steadily: readable in grey, and by those who see no red or green."""
SHOT_MARKERS = "os^Dv<>pP*X"
"""One shape for each shot, so that none is told by its colour alone."""
DOTS_PER_INCH = 150
SUFFIXES = {".png", ".svg"}
STYLE: dict[Any, Any] = {
    "font.size": 9.0,
    "font.family": "DejaVu Sans",
    "axes.edgecolor": SOFT,
    "axes.labelcolor": INK,
    "axes.titlesize": 10.0,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "text.color": INK,
    "svg.hashsalt": "vidsense",
}


def styled() -> AbstractContextManager[None]:
    """What is drawn within looks as all figures do."""
    return rc_context(STYLE)


def new_figure(width: float, height: float, words: str) -> Figure:
    """An empty figure, in inches, labelled with what it will show in words; it belongs to no window."""
    figure = Figure(figsize=(width, height), layout="compressed", facecolor=PAPER)
    figure.set_label(words)
    return figure


def title(axes: Axes, text: str) -> None:
    """What the figure is about, in one line."""
    axes.set_title(text, loc="left", color=INK, fontsize=10)


def alternative(figure: Figure) -> str:
    """What a figure shows, in words."""
    return str(figure.get_label())


def figure_path(name: str | Path) -> Path:
    """Where a figure can be written: a name that ends as one."""
    path = Path(name)
    if path.suffix.lower() not in SUFFIXES:
        raise ValueError(f"{path.name} must end in {' or '.join(sorted(SUFFIXES))}")
    return path


def write_figure(figure: Figure, path: Path) -> None:
    """Write it as .png or .svg, with its words inside. The same figure gives the same bytes."""
    suffix = figure_path(path).suffix.lower()
    words = alternative(figure)
    metadata: dict[str, Any] = (
        {"Title": words, "Date": None} if suffix == ".svg" else {"Description": words, "Software": None}
    )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with styled():
            figure.draw_without_rendering()
            figure.set_layout_engine("none")  # it would move things a little with every drawing
            figure.savefig(path, format=suffix[1:], dpi=DOTS_PER_INCH, metadata=metadata)
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror}. Name another place.") from error
