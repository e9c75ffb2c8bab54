"""Out: `Report`, what was taught, what it cost and what was forgotten, as JSON and in words."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from vidsense.score import Score
from vidsense.training.finetune.learning import Learning, Measure
from vidsense.training.finetune.memory import adam_bytes

Scores = Mapping[str, Score]


@dataclass(frozen=True)
class Run:
    """One way of learning: with an adapter, or with every weight."""

    way: str
    learn: int
    """Numbers that learn."""
    all: int
    """Numbers that the model has without them."""
    steps: int
    best_step: int
    ended: str
    """Why."""
    seconds: float
    """Spent learning until the best measure; decoding and measuring left out."""
    processor_seconds: float
    peak_mib: float | None
    """The most memory that the process held."""
    learning_mib: float
    """Of it for gradients and Adam's moments: computed, 12 bytes for each number that learns."""
    new: dict[str, Any]
    """Right answers to what was taught, by ability."""
    old: dict[str, Any]
    """Right answers to what was known before, by ability."""
    curve: list[dict[str, float]]
    """What was measured on the way."""

    @property
    def share(self) -> float:
        """Of the model's numbers, how many learn."""
        return self.learn / self.all


@dataclass(frozen=True)
class Report:
    """Everything that a run of `vidsense finetune` tells."""

    base: str
    data: str
    options: dict[str, Any]
    clips: dict[str, int]
    """Learnt, held out, tested, replayed, old."""
    counting: str
    """What counts as right."""
    before: dict[str, dict[str, Any]]
    """New and old, by ability."""
    runs: list[Run]
    machine: str = ""
    warnings: list[str] = field(default_factory=list)

    def json(self) -> str:
        """All of it."""
        told = asdict(self)
        for run, each in zip(self.runs, told["runs"], strict=True):
            each["share"] = round(run.share, 5)
        return json.dumps(told, indent=1, ensure_ascii=False) + "\n"

    def text(self) -> str:
        """The main of it, in lines."""
        clips = ", ".join(f"{number} {name}" for name, number in self.clips.items() if number)
        lines = [f"{self.base} taught from {self.data}: clips {clips}."]
        for run in self.runs:
            memory = f", peak {run.peak_mib:,.0f} MiB" if run.peak_mib else ""
            lines.append(
                f"{run.way}: {run.learn:,} of {run.all:,} numbers learn ({100 * run.share:.2f} %); {run.ended}, best "
                f"at step {run.best_step}; {run.seconds:.0f} s learning ({run.processor_seconds:.0f} s of a processor)"
                f"{memory}."
            )
            for name, told in (("new", run.new), ("old", run.old)):
                lines += self.lines_of(name, told)
        return "\n".join([*lines, self.counting, *self.warnings])

    def lines_of(self, name: str, told: dict[str, Any]) -> list[str]:
        """Before and after, by ability."""
        before = self.before.get(name, {})
        return [
            f"  {name}, {ability or 'all'}: {percent(before[ability])} → {percent(after)} of {after['asked']}"
            for ability, after in told.items()
            if ability in before
        ]


def percent(told: dict[str, Any]) -> str:
    """A share, in percent."""
    return f"{100 * told['share']:.1f} %"


def told_of(scores: Scores) -> dict[str, dict[str, Any]]:
    """Scores as JSON, and all of them together; nothing of nothing."""
    if not scores:
        return {}
    every = Score(sum(score.right for score in scores.values()), sum(score.asked for score in scores.values()))
    named = dict(scores) if set(scores) == {""} else {**scores, "all": every}
    return {
        ability or "all": {
            "share": round(score.share, 4), "interval": [round(side, 4) for side in score.interval],
            "asked": score.asked,
        }
        for ability, score in named.items()
    }  # fmt: skip


def run_of(
    way: str, learning: Learning, counts: tuple[int, int], peak: float | None, *, steps: int, new: Scores, old: Scores
) -> Run:
    """What a finished stage tells."""
    best, last = learning.best_measure, learning.measures[-1]
    ended = f"ended at step {last.step}, nothing gained any more" if learning.enough else f"all {steps} steps done"
    return Run(
        way=way, learn=counts[0], all=counts[1], steps=last.step, best_step=best.step, ended=ended,
        seconds=round(best.seconds, 1), processor_seconds=round(best.processor_seconds, 1), peak_mib=peak,
        learning_mib=round(adam_bytes(counts[0]) / 2**20, 2), new=told_of(new), old=told_of(old),
        curve=[rounded(measure) for measure in learning.measures],
    )  # fmt: skip


def rounded(measure: Measure) -> dict[str, float]:
    """One point of the curve."""
    return {name: round(value, 4) for name, value in vars(measure).items()}
