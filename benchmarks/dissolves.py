"""Fits the weights by which `vidsense.survey.dissolves` tells the odds of a dissolve; prints them and how they do.

    python benchmarks/dissolves.py --keep FOLDER                # draws 500 films first (an hour), keeps them there
    python benchmarks/dissolves.py --keep FOLDER --seeds 0 1    # 100 films

The films are those of `shots.py`. Every window that may be a dissolve is measured: one that shares 0.6 of its span with
a drawn dissolve is one, one with no fade or dissolve near is none, the others are left out. The figures are those of
weights that were fitted without the seed they are tried on.
"""

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from films import Film, films
from vidsense.source import open_video
from vidsense.survey import gradual
from vidsense.survey.dissolves import MOST_THERE, WEIGHTS, DissolveThresholds, Mixing, is_dissolve
from vidsense.survey.survey import survey_video

WIDENED_SECONDS, LEAST_SHARED, NEAR_SECONDS = 0.2, 0.6, 0.3
RIDGE = 1.0


@dataclass(frozen=True)
class Window:
    """One window that may be a dissolve."""

    seed: int
    measures: list[float]
    """In the order of `WEIGHTS`."""
    truth: bool
    by_rules: bool


def windows_of(film: Film, seed: int) -> list[Window]:
    """All windows of one film whose truth is clear."""
    found: list[Window] = []

    def note(mixing: Mixing, strength: float, limits: DissolveThresholds) -> bool:
        truth = truth_of(film, mixing.span)
        if truth is not None:
            values = mixing.measures(strength) | {"different": mixing.differ(), "there": min(mixing.there, MOST_THERE)}
            by_rules = is_dissolve(mixing, strength, DissolveThresholds(odds=np.inf))
            found.append(Window(seed, [(values | {"one": 1.0})[name] for name in WEIGHTS], truth, by_rules))
        return is_dissolve(mixing, strength, limits)

    before, gradual.is_dissolve = gradual.is_dissolve, note
    try:
        with open_video(film.path) as stream:
            survey_video(stream)
    finally:
        gradual.is_dissolve = before
    return found


def truth_of(film: Film, span: tuple[float, float]) -> bool | None:
    """Whether a dissolve was drawn there; none when that is not clear."""
    near = [j for j in film.joins if j.transition != "cut" and span[0] < j.end + NEAR_SECONDS > j.start - NEAR_SECONDS]
    near = [j for j in near if span[1] > j.start - NEAR_SECONDS]
    shared = max((share(span, (j.start, j.end)) for j in near if j.transition == "dissolve"), default=0.0)
    return True if shared >= LEAST_SHARED else None if near else False


def share(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Intersection of two spans, both widened, over their union."""
    (c, d), (e, f) = ((low - WIDENED_SECONDS, high + WIDENED_SECONDS) for low, high in (a, b))
    return max(0.0, min(d, f) - max(c, e)) / (max(d, f) - min(c, e))


def fitted(windows: list[Window]) -> np.ndarray:
    """The weights of a logistic regression, by Newton's method, with a small penalty on their size."""
    x, y = np.array([w.measures for w in windows]), np.array([w.truth for w in windows], float)
    scale = np.append(x[:, :-1].std(0), 1.0)
    x = x / scale
    weights = np.zeros(x.shape[1])
    for _ in range(30):
        likely = 1.0 / (1.0 + np.exp(-x @ weights))
        slope = x.T @ (y - likely) - RIDGE * np.append(weights[:-1], 0.0)
        bend = (x * (likely * (1.0 - likely))[:, None]).T @ x + RIDGE * np.eye(len(weights))
        weights += np.linalg.solve(bend, slope)
    return np.asarray(weights / scale)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--keep", type=Path, required=True, help="folder for the films")
    parser.add_argument("--seeds", type=int, nargs="+", default=list(range(10)))
    parser.add_argument("--films", type=int, default=50, help="of each seed")
    arguments = parser.parse_args()
    windows = []
    for seed in arguments.seeds:
        folder = arguments.keep / str(seed)
        folder.mkdir(parents=True, exist_ok=True)
        for film in films(folder, seed=seed, count=arguments.films):
            windows += windows_of(film, seed)
    print(
        "| windows | dissolves | found by the rules | and by the odds | none | false by the rules | and by the odds |"
    )
    print("|---|---|---|---|---|---|---|")
    limit, rows = DissolveThresholds().odds, []
    for seed in arguments.seeds:
        weights = fitted([w for w in windows if w.seed != seed] if len(arguments.seeds) > 1 else windows)
        rows += [(w.truth, w.by_rules, float(weights @ w.measures) >= limit) for w in windows if w.seed == seed]
    true, none = [r for r in rows if r[0]], [r for r in rows if not r[0]]
    counts = [len(true), *tally(true), len(none), *tally(none)]
    print(f"| {len(rows)} | " + " | ".join(str(count) for count in counts) + " |\n")
    print({name: round(float(weight), 2) for name, weight in zip(WEIGHTS, fitted(windows), strict=True)})


def tally(rows: list[tuple[bool, bool, bool]]) -> tuple[int, int]:
    """How many the rules take, and how many the rules or the odds."""
    return sum(rules for _, rules, _ in rows), sum(rules or odds for _, rules, odds in rows)


if __name__ == "__main__":
    main()
