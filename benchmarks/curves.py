"""Draw how nano's training went: the losses and the scores of every stage, from a run's log.

python benchmarks/curves.py                            # the run that made the weights in the package
python benchmarks/curves.py RUN/log.jsonl out.png      # another one
"""

import json
import sys
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

HERE = Path(__file__).parent
LOG, PICTURE = HERE / "nano_run.jsonl", HERE.parent / "docs" / "images" / "nano-training.png"
LOSSES = {
    "image": ("kind", "box", "pose", "colour"),
    "temporal": ("action", "actor", "now"),
    "language": ("language", "action", "now"),
    "joint": ("language", "action", "now"),
    "matching": ("clips", "frames"),
}
SCORES = {
    "image": ("cell_f1", "colour", "frames_right"),
    "temporal": ("action", "sequence", "shuffled_sequence"),
    "language": ("action", "sequence", "thing", "yes/no"),
    "joint": ("action", "sequence", "thing", "yes/no"),
    "matching": ("recall_at_1", "recall_at_5"),
}
"""On clips of unseen looks: 400 of them, of language and joint the first 100."""
MARKS = ("o", "s", "^", "D")


def is_score(row: dict[str, Any]) -> bool:
    return SCORES[row["stage"]][0] in row and (row["stage"] in ("image", "matching") or "sequence" in row)


def draw(axes: Axes, rows: list[dict[str, Any]], names: tuple[str, ...], *, marked: bool) -> None:
    for name, mark in zip(names, MARKS, strict=False):
        found = [(row["step"], row[name]) for row in rows if name in row]
        axes.plot(*zip(*found, strict=True), marker=mark if marked else None, markersize=4, linewidth=1.2, label=name)
    axes.legend(fontsize=7, frameon=False)
    axes.tick_params(labelsize=7)
    axes.spines[["top", "right"]].set_visible(False)


def main(log: Path, picture: Path) -> None:
    rows = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
    figure = Figure(figsize=(13, 5.2), layout="constrained")
    places = figure.subplots(2, len(LOSSES))
    for column, stage in enumerate(LOSSES):
        own = [row for row in rows if row["stage"] == stage]
        draw(places[0][column], [row for row in own if not is_score(row)], LOSSES[stage], marked=False)
        draw(places[1][column], [row for row in own if is_score(row)], SCORES[stage], marked=True)
        places[0][column].set_title(stage, fontsize=9)
        places[0][column].set_yscale("log")
        places[1][column].set_ylim(0, 1.02)
        places[1][column].set_xlabel("step", fontsize=8)
    places[0][0].set_ylabel("loss, weighted", fontsize=8)
    places[1][0].set_ylabel("share right, unseen looks", fontsize=8)
    figure.savefig(picture, dpi=90)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else LOG, Path(sys.argv[2]) if len(sys.argv) > 2 else PICTURE)
