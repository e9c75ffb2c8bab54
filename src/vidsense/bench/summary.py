"""In: `Result`s. Out: `Summary`, the share of right answers of each ability under each control, and what it means."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from vidsense.bench.result import Result
from vidsense.bench.showing import CONTROLS, Control
from vidsense.score import Score, score_of

OVERALL = "overall"
NEEDS = {
    "blind": "needs no video: with nothing shown",
    "middle": "needs one frame only: with the middle frame alone",
    "shuffled": "does not need the order of the frames: with the frames shuffled",
}
"""What a control as good as the video says of a score, from what says most."""


@dataclass(frozen=True)
class Row:
    """One ability under every control."""

    ability: str
    scores: dict[Control, Score]
    exact: Score
    """Of the video: right word for word."""
    videos: int
    chance: float | None
    """What guessing among the choices reaches; nothing where a question has none."""
    apart: dict[Control, Score] = field(default_factory=dict)
    """Pairs of questions that were both answered right: clips told from their reversed copies."""

    @property
    def needless(self) -> Control | None:
        """The control with the least to see that lies within the interval of the score, or above it."""
        if "video" not in self.scores or not self.scores["video"].asked:
            return None
        low = self.scores["video"].interval[0]
        return next((c for c in ("blind", "middle", "shuffled") if c in self.scores and self.reaches(c, low)), None)

    def reaches(self, control: Control, low: float) -> bool:
        """Whether a control comes up to this share."""
        return self.scores[control].asked > 0 and self.scores[control].share >= low

    def meaning(self) -> str:
        """What a control as good as the video says, in a sentence; nothing where none is."""
        if self.needless is None:
            return ""
        video, other = self.scores["video"], self.scores[self.needless]
        low, high = video.interval
        inside = f"{'above' if other.share > high else 'within'} {100 * low:.1f}–{100 * high:.1f} %"
        return f"{self.ability}: this score {NEEDS[self.needless]} it is {100 * other.share:.1f} %, {inside}."


@dataclass(frozen=True)
class Summary:
    """What was measured of one model."""

    model: str
    controls: tuple[Control, ...]
    rows: tuple[Row, ...]
    """Each ability, then all together."""
    failures: dict[str, int]
    """Why there was no answer → how many questions; they are in no share."""
    asked: int
    """Answers and failures."""
    cut: int
    rules: dict[str, int]
    """What decided about the answers to the video → how many."""

    def to_dict(self) -> dict[str, Any]:
        """As JSON tells it."""
        return {
            "model": self.model,
            "asked": self.asked,
            "failed": sum(self.failures.values()),
            "failures": self.failures,
            "cut": self.cut,
            "rules": self.rules,
            "abilities": {row.ability: row_dict(row) for row in self.rows},
        }


def row_dict(row: Row) -> dict[str, Any]:
    """One ability."""
    told: dict[str, Any] = {control: score_dict(score) for control, score in row.scores.items()}
    told |= {"exact": score_dict(row.exact), "videos": row.videos, "chance": row.chance}
    if row.apart:
        told["told_apart"] = {control: score_dict(score) for control, score in row.apart.items()}
    return told | {"meaning": row.meaning()}


def score_dict(score: Score) -> dict[str, Any]:
    """Share, interval and number."""
    low, high = score.interval
    return {
        "share": round(score.share, 4), "interval": [round(low, 4), round(high, 4)], "right": score.right,
        "asked": score.asked,
    }  # fmt: skip


def summarised(results: Iterable[Result]) -> Summary:
    """The summary of results, whatever their order; of several for one question the last holds."""
    every = list({result.key: result for result in results}.values())
    answers = [result for result in every if not result.error]
    controls: tuple[Control, ...] = tuple(c for c in CONTROLS if any(result.control == c for result in every))
    abilities = sorted({result.ability for result in answers})
    rows = [row_of(ability, [a for a in answers if a.ability == ability], controls) for ability in abilities]
    if len(rows) != 1:
        rows.append(row_of(OVERALL, answers, controls))
    return Summary(
        model=next((result.model for result in every), ""),
        controls=controls,
        rows=tuple(rows),
        failures=dict(Counter(result.error for result in every if result.error).most_common()),
        asked=len(every),
        cut=sum(answer.cut for answer in answers),
        rules=dict(Counter(str(a.rule) for a in answers if a.control == "video").most_common()),
    )


def row_of(ability: str, answers: Sequence[Result], controls: Sequence[Control]) -> Row:
    """One ability's shares."""
    under = {control: [answer for answer in answers if answer.control == control] for control in controls}
    of_video = under.get("video", [])
    choices = [1.0 / len(answer.choices) for answer in of_video if answer.choices]
    apart = {control: told_apart(said) for control, said in under.items()}
    return Row(
        ability,
        {control: score_of((answer.group, answer.right) for answer in said) for control, said in under.items()},
        score_of((answer.group, answer.exact) for answer in of_video),
        len({answer.content for answer in of_video}),
        sum(choices) / len(choices) if choices and len(choices) == len(of_video) else None,
        {control: score for control, score in apart.items() if score.asked},
    )


def told_apart(answers: Sequence[Result]) -> Score:
    """The share of pairs of which every question is answered right; of those whose right answers are not the same."""
    pairs: dict[tuple[str, str], list[Result]] = defaultdict(list)
    for answer in answers:
        if answer.pair:
            pairs[answer.pair, answer.ability].append(answer)
    whole = [pair for pair in pairs.values() if len({each.answer for each in pair}) > 1]
    return Score(sum(all(each.right for each in pair) for pair in whole), len(whole))
