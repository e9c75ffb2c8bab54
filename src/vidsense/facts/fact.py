"""Out: `Fact`, one measured thing with its span, frames and confidence."""

from dataclasses import dataclass, field
from typing import Any, Literal

FactKind = Literal[
    "camera",
    "black",
    "still",
    "dark",
    "blurred",
    "light",
    "text",
    "mover",
    "count",
    "speech",
    "sound",
    "subtitle",
    "transcript",
    "label",
]


@dataclass(frozen=True)
class Fact:
    """One measured thing."""

    kind: FactKind
    start: float
    end: float
    confidence: float
    moment: float | None
    """The time of the frame that shows it best; none for what is heard."""
    details: dict[str, Any] = field(default_factory=dict)
    """What this kind holds beyond the common fields."""

    def __post_init__(self) -> None:
        if not self.start <= self.end:
            raise ValueError(f"a fact must not end ({self.end}) before it starts ({self.start})")
        if not 0.0 <= self.confidence <= 1.0:
            raise ValueError(f"confidence must be from 0 to 1, got {self.confidence}")
