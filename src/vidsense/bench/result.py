"""Out: `Result`, what a model said to one question under one control, as a row of a results file."""

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Self

from vidsense.bench.item import QuestionError
from vidsense.bench.judging import Rule
from vidsense.bench.showing import Control

BEGINS = '{"question"'


@dataclass(frozen=True, kw_only=True)
class Result:
    """An answer with everything that a reader needs to judge it again, or why there is none."""

    question: str
    video: str
    content: str
    """The same for the same video, whatever it is called."""
    ability: str
    pair: str
    control: Control
    answer: str
    accepted: tuple[str, ...]
    choices: tuple[str, ...]
    model: str
    key: str
    frames: tuple[float, ...] = ()
    """The times of what was shown, in seconds."""
    said: str = ""
    right: bool = False
    exact: bool = False
    rule: Rule | None = None
    cut: bool = False
    """Whether the answer ran out of tokens."""
    elapsed_s: float = 0.0
    """What the model took."""
    error: str | None = None

    @property
    def group(self) -> str:
        """Answers of one group are not independent of each other: they are about one video, or about a pair."""
        return self.pair or self.content

    def to_json(self) -> str:
        """One line; `accepted` only where it is short: the drawn world accepts hundreds of wordings."""
        told = asdict(self)
        if len(self.accepted) > 8:
            told["accepted"] = [*self.accepted[:8], f"… {len(self.accepted) - 8} more"]
        return json.dumps(told, ensure_ascii=False)

    @classmethod
    def from_json(cls, line: str | bytes) -> Self:
        """The result of one line. Raises `ValueError` for anything else."""
        told: Any = json.loads(line)
        if not isinstance(told, dict) or {field.name for field in fields(cls)} != set(told):
            raise ValueError("no result of the bench")
        lists = {name: tuple(told[name]) for name in ("accepted", "choices", "frames")}
        return cls(**{**told, **lists})


def kept_results(path: Path) -> dict[str, Result]:
    """Key → result of a results file, the latest of each; nothing where there is no file.

    A line that is no result is left out: its question is asked again.
    """
    kept: dict[str, Result] = {}
    try:
        lines = path.read_bytes().splitlines() if path.exists() else []
    except OSError as error:
        raise QuestionError(f"cannot read {path}: {error.strerror}. Name another file for --out.") from error
    for line in lines:
        try:
            result = Result.from_json(line)
        except (ValueError, TypeError, KeyError):
            continue
        kept[result.key] = result
    return kept
