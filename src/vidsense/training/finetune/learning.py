"""In: a model of which a part learns. Out: `Learning`, that part with what was measured of it: what a checkpoint keeps.

The model is not in the checkpoint: of two billion weights that stay as they are, none is written again.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from time import perf_counter, process_time
from typing import Any

import torch
from torch import Tensor, nn

from vidsense.training.run import Schedule, Stage


@dataclass(frozen=True)
class Measure:
    """What was measured at one step."""

    step: int
    loss: float
    """Of held-out clips."""
    kept_loss: float
    """Of clips of what was known before; 0 where there are none."""
    right: float
    """The share of held-out answers that are right word for word."""
    seconds: float
    """Spent learning until then, measuring left out."""
    processor_seconds: float


class Learning(nn.Module):
    """The weights of a model that learn, seen alone; the best of them so far, and when they were measured."""

    def __init__(self, model: nn.Module, patience: int) -> None:
        super().__init__()
        self.__dict__["whole"] = model  # not a module of this one: its other weights are nobody's business here
        self.patience = patience
        self.measures: list[Measure] = []
        self.best: dict[str, Tensor] = {}

    @property
    def model(self) -> nn.Module:
        """The whole."""
        whole: nn.Module = self.__dict__["whole"]
        return whole

    def named_parameters(self, *_: Any, **__: Any) -> Iterator[tuple[str, nn.Parameter]]:
        """Those that learn."""
        yield from ((name, p) for name, p in self.model.named_parameters() if p.requires_grad)

    def train(self, mode: bool = True) -> "Learning":
        """The whole model."""
        self.model.train(mode)
        return self

    def state_dict(self, *_: Any, **__: Any) -> dict[str, Any]:  # type: ignore[override]
        """Everything on which going on depends."""
        now = {name: p.detach().cpu() for name, p in self.named_parameters()}
        return {"now": now, "best": self.best, "measures": [list(vars(m).values()) for m in self.measures]}

    def load_state_dict(self, state_dict: Mapping[str, Any], *_: Any, **__: Any) -> Any:
        """Go on from there. Raises `ValueError` when the checkpoint is of another adapter."""
        now = dict(self.named_parameters())
        kept: dict[str, Tensor] = state_dict["now"]
        if {name: p.shape for name, p in now.items()} != {name: t.shape for name, t in kept.items()}:
            raise ValueError("the checkpoint is of another rank, other targets or another base; take another --out.")
        with torch.no_grad():
            for name, parameter in now.items():
                parameter.copy_(kept[name])
        self.best = dict(state_dict["best"])
        self.measures = [Measure(int(row[0]), *row[1:]) for row in state_dict["measures"]]

    def note(self, measure: Measure) -> None:
        """Keep the measure, and the weights where they are the best so far."""
        self.measures.append(measure)
        if measure is self.best_measure:
            self.best = {name: p.detach().cpu().clone() for name, p in self.named_parameters()}

    @property
    def best_measure(self) -> Measure:
        """The smallest loss, of what is new and of what was known together."""
        return min(self.measures, key=lambda each: each.loss + each.kept_loss)

    @property
    def enough(self) -> bool:
        """Whether nothing has become better for a while."""
        return bool(self.measures) and len(self.measures) - 1 - self.measures.index(self.best_measure) >= self.patience

    def take_best(self) -> None:
        """Put the best weights in place."""
        with torch.no_grad():
            for name, parameter in self.named_parameters():
                if name in self.best:
                    parameter.copy_(self.best[name])


class Lesson(Stage, ABC):
    """A stage that teaches: losses of a step, and a measure of which the clock is stopped."""

    def __init__(self, name: str, learning: Learning, schedule: Schedule) -> None:
        self.name, self.learning, self.schedule = name, learning, schedule
        self.begun: tuple[float, float] | None = None
        self.step = 0

    def trained(self) -> nn.Module:
        """What learns."""
        return self.learning

    def losses(self, step: int) -> dict[str, Tensor]:
        """The loss of what is new and of what must be kept, already weighted."""
        self.begun = self.begun or (perf_counter(), process_time())
        self.step = step + 1
        return self.step_losses(step)

    def measure(self) -> dict[str, float]:
        """Loss and share of right answers, on what is held out."""
        last = self.learning.measures[-1] if self.learning.measures else Measure(0, 0.0, 0.0, 0.0, 0.0, 0.0)
        wall, processor = self.begun or (perf_counter(), process_time())
        seconds, spent = last.seconds + perf_counter() - wall, last.processor_seconds + process_time() - processor
        loss, kept, right = self.held_out()
        self.learning.note(Measure(self.step, loss, kept, right, seconds, spent))
        self.begun = None
        return {"held_out": loss, "kept": kept, "right": right, "learning_seconds": seconds}

    @abstractmethod
    def step_losses(self, step: int) -> dict[str, Tensor]:
        """Of this step's batch."""

    @abstractmethod
    def held_out(self) -> tuple[float, float, float]:
        """Loss of what is held out, loss of what was known before, share of answers right word for word."""
