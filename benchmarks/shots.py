"""How well are cuts, fades and dissolves found among what only looks like them? Prints two Markdown tables.

    python benchmarks/shots.py                                        # 50 films with 300 joins and 300 lures
    python benchmarks/shots.py --keep FOLDER --failures FILE          # keeps the films, says what went wrong where
    python benchmarks/shots.py --keep FOLDER --films 12 --ours        # a few films, our detectors only

Films are joined from pieces of the real videos in VIDSENSE_TEST_VIDEOS (or ../shared/videos), else from drawn scenes.
A cut is right within 0.1 s. A fade or dissolve is right when a gradual one is claimed whose span, both widened by
0.25 s, shares 0.4 of their union. Every join and every claim counts once; what else is claimed is false. The detectors
of PySceneDetect, with their default settings, find cuts only: what they claim inside fades and dissolves is not held
against them, and neither is ours in the columns that compare cuts.
"""

import argparse
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from films import Film, Known, films
from vidsense.source import open_video
from vidsense.survey.survey import survey_video

CUT_SECONDS = 0.1
WIDENED_SECONDS = 0.25
LEAST_OVERLAP = 0.4
NEAR_SECONDS = 0.5
Detector = Callable[[Path], list[Known]]


@dataclass
class Score:
    """What one detector found in all films."""

    found: Counter[str] = field(default_factory=Counter)
    """Right claims by kind of join,"""
    missed: Counter[str] = field(default_factory=Counter)
    false: Counter[str] = field(default_factory=Counter)
    """and wrong ones by what is drawn there."""
    cuts_found: int = 0
    cuts_missed: int = 0
    cuts_false: int = 0
    seconds: float = 0.0
    failures: list[str] = field(default_factory=list)

    def add(self, film: Film, claims: list[Known]) -> None:
        """Score one film."""
        pairs = matched(list(film.joins), claims)
        for join in film.joins:
            is_cut, hit = join.transition == "cut", join in pairs
            (self.found if hit else self.missed)[join.kind] += 1
            self.cuts_found += is_cut and hit
            self.cuts_missed += is_cut and not hit
            if not hit:
                self.failures.append(f"{film.path.name}\tmissed\t{join.kind}\t{span(join)}\t{join.transition}")
        for claim in claims:
            if claim in pairs.values():
                continue
            kind = drawn_at(film, claim)
            self.false[kind] += 1
            self.failures.append(f"{film.path.name}\tfalse\t{kind}\t{span(claim)}\t{claim.transition}")
            self.cuts_false += claim.transition == "cut" and not in_gradual(film, claim)


def matched(joins: list[Known], claims: list[Known]) -> dict[Known, Known]:
    """Each join's claim, the best pairs first, every claim used once."""
    pairs = [(fit(join, claim), i, j) for i, join in enumerate(joins) for j, claim in enumerate(claims)]
    taken: dict[int, int] = {}
    for quality, i, j in sorted(pairs, reverse=True):
        if quality > 0 and i not in taken and j not in taken.values():
            taken[i] = j
    return {joins[i]: claims[j] for i, j in taken.items()}


def fit(join: Known, claim: Known) -> float:
    """How well a claim tells a join, 0 when it does not."""
    if (join.transition == "cut") != (claim.transition == "cut"):
        return 0.0
    if join.transition == "cut":
        away = max(join.start - claim.start, claim.start - join.end, 0.0)
        return 1.0 - away if away <= CUT_SECONDS + 1e-6 else 0.0
    (a, b), (c, d) = ((k.start - WIDENED_SECONDS, k.end + WIDENED_SECONDS) for k in (join, claim))
    share = (min(b, d) - max(a, c)) / (max(b, d) - min(a, c))
    return share if share >= LEAST_OVERLAP else 0.0


def in_gradual(film: Film, claim: Known) -> bool:
    """Whether a cut is claimed inside a fade or dissolve."""
    return any(
        join.transition != "cut" and join.start - WIDENED_SECONDS <= claim.start <= join.end + WIDENED_SECONDS
        for join in film.joins
    )


def drawn_at(film: Film, claim: Known) -> str:
    """The join near a false claim, else what happens in that shot."""
    middle = (claim.start + claim.end) / 2
    for join in film.joins:
        if join.start - NEAR_SECONDS < middle < join.end + NEAR_SECONDS:
            return join.kind
    return next((shot.kind for shot in film.shots if shot.start <= middle < shot.end), "behind the end")


def span(known: Known) -> str:
    return f"{known.start:.2f}" if known.start == known.end else f"{known.start:.2f}-{known.end:.2f}"


def ours(path: Path) -> list[Known]:
    with open_video(path) as stream:
        return [Known(t.start, t.end, "", t.kind) for t in survey_video(stream).transitions]


def pyscenedetect(name: str) -> Detector:
    """One of its detectors, with its default settings."""
    import scenedetect

    def detect(path: Path) -> list[Known]:
        scenes = scenedetect.detect(str(path), getattr(scenedetect, name)())
        starts = [start.seconds for start, _ in scenes[1:]]
        return [Known(start, start, "", "cut") for start in starts]

    return detect


def detectors(only_ours: bool) -> dict[str, Detector]:
    ways: dict[str, Detector] = {"vid-sense": ours}
    if not only_ours:
        try:
            ways |= {
                f"PySceneDetect {n}": pyscenedetect(n) for n in ("AdaptiveDetector", "ContentDetector", "HashDetector")
            }
        except ImportError as error:
            print(f"PySceneDetect is left out: {error}")
    return ways


def f1(found: int, missed: int, false: int) -> tuple[float, float, float]:
    """Precision, recall and their harmonic mean."""
    precision, recall = found / max(1, found + false), found / max(1, found + missed)
    return precision, recall, 2 * precision * recall / max(1e-9, precision + recall)


def print_kinds(made: list[Film], score: Score) -> None:
    joins = Counter(join.kind for film in made for join in film.joins)
    lures = Counter(shot.kind for film in made for shot in film.shots)
    print("| drawn | how many | found | missed | false |\n|---|---:|---:|---:|---:|")
    for kind, count in sorted(joins.items(), key=lambda item: -item[1]):
        print(f"| {kind} | {count} | {score.found[kind]} | {score.missed[kind]} | {score.false[kind]} |")
    for kind, count in sorted(lures.items(), key=lambda item: -item[1]):
        print(f"| *{kind}* | {count} | | | {score.false[kind]} |")
    total = score.found.total(), score.missed.total(), score.false.total()
    print("| all | {} joins, {} lures | {} | {} | {} |".format(joins.total(), lures.total(), *total))
    print("\nprecision {:.3f}, recall {:.3f}, F1 {:.3f}\n".format(*f1(*total)))


def print_detectors(scores: dict[str, Score]) -> None:
    print("| detector | F1, all joins | cuts: precision | recall | F1 | false | seconds | times ours |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|")
    first = next(iter(scores.values())).seconds
    for name, score in scores.items():
        precision, recall, both = f1(score.cuts_found, score.cuts_missed, score.cuts_false)
        whole = f1(score.found.total(), score.missed.total(), score.false.total())[2]
        cells = f"{whole:.3f} | {precision:.3f} | {recall:.3f} | {both:.3f} | {score.cuts_false}"
        print(f"| {name} | {cells} | {score.seconds:.1f} | {score.seconds / first:.2f} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--films", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, help="folder in which the films are kept, and read from the next time")
    parser.add_argument("--failures", type=Path, help="file for one line per miss and per false claim of ours")
    parser.add_argument("--ours", action="store_true", help="leave PySceneDetect out")
    arguments = parser.parse_args()
    if arguments.keep:
        arguments.keep.mkdir(parents=True, exist_ok=True)
    with nullcontext(arguments.keep) if arguments.keep else tempfile.TemporaryDirectory() as folder:
        made = films(Path(folder), seed=arguments.seed, count=arguments.films)
        ways = detectors(arguments.ours)
        scores = {name: Score() for name in ways}
        for film in made:
            for name, detect in ways.items():
                began = time.perf_counter()
                claims = detect(film.path)
                scores[name].seconds += time.perf_counter() - began
                scores[name].add(film, claims)
    print_kinds(made, scores["vid-sense"])
    print_detectors(scores)
    if arguments.failures:
        arguments.failures.write_text("\n".join(scores["vid-sense"].failures) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
