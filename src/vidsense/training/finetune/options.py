"""Out: `TuneOptions`, everything besides base and data on which a taught model depends."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class TuneOptions:
    """How something is taught."""

    rank: int = 4
    """Of the two small matrices."""
    steps: int = 100
    """At most; it ends earlier when the held-out clips stop gaining."""
    learning_rate: float = 3e-3
    full_learning_rate: float = 5e-4
    """When every weight learns."""
    batch: int = 8
    """New clips in a step; as many old ones with them where something is replayed."""
    measure_every: int = 20
    patience: int = 2
    """So many measures without gain end it."""
    held_out: float = 0.2
    """Share of the clips that are not learnt."""
    replay: int = 1000
    """Clips of the drawn world that nano is asked again meanwhile."""
    old_clips: int = 200
    """Drawn clips of unseen looks on which is measured what was forgotten."""
    frames: int = 8
    """Of each clip, for a model of transformers; nano has its own number."""
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("rank", "steps", "batch", "measure_every", "patience", "frames"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, got {getattr(self, name)}.")
        if self.replay < 0 or self.old_clips < 0:
            raise ValueError("replay and old clips are numbers from 0 on.")

    def told(self) -> dict[str, Any]:
        """For a report, and to see whether a run that goes on is the same."""
        return asdict(self)
