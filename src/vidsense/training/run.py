"""In: a stage and a folder. Out: trained weights, a log of losses and scores; ends cleanly, goes on exactly.

What a step sees is a function of its number alone, so that a run that was ended and resumed is the run that was not.
"""

import json
import math
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any, Protocol

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class Schedule:
    """How long a stage runs and how fast it learns."""

    steps: int
    learning_rate: float
    warmup_steps: int = 100
    weight_decay: float = 0.02
    log_every: int = 50
    measure_every: int = 1000
    save_every: int = 250

    def rate(self, step: int) -> float:
        """Rises at first, then falls along half a cosine to a hundredth."""
        if step < self.warmup_steps:
            return self.learning_rate * (step + 1) / self.warmup_steps
        share = min((step - self.warmup_steps) / max(self.steps - self.warmup_steps, 1), 1.0)
        return self.learning_rate * (0.01 + 0.99 * (0.5 + 0.5 * math.cos(math.pi * share)))


class Stage(Protocol):
    """One part of the training with a measure of its own."""

    name: str
    schedule: Schedule

    def trained(self) -> nn.Module:
        """What learns."""

    def losses(self, step: int) -> dict[str, Tensor]:
        """The losses of this step's batch, already weighted."""

    def measure(self) -> dict[str, float]:
        """How well it does on clips that it is not trained on."""


def train_stage(
    stage: Stage, folder: Path, *, seconds: float | None = None, precision: torch.dtype = torch.float32,
    say: Callable[[str], None] = lambda _: None, enough: Callable[[], bool] = lambda: False,
) -> bool:  # fmt: skip
    """Train until the schedule's end or until it is enough, or until time is up or a signal comes; whether it is done.

    `enough` is asked before every step. With another precision than float32 the products of matrices are made in it;
    weights and what is kept stay float32.
    """
    folder.mkdir(parents=True, exist_ok=True)
    schedule, model = stage.schedule, stage.trained()
    device = next(model.parameters()).device
    optimizer = torch.optim.AdamW(decayed(model, schedule.weight_decay), lr=schedule.learning_rate, betas=(0.9, 0.98))
    kept = folder / f"{stage.name}.pt"
    step = load_checkpoint(kept, model, optimizer)
    begun, sums, summed = monotonic(), dict[str, float](), 0
    with asked_to_end() as ending:
        while (
            step < schedule.steps and not (ending() or enough()) and (seconds is None or monotonic() - begun < seconds)
        ):
            torch.manual_seed(step)
            model.train()
            for group in optimizer.param_groups:
                group["lr"] = schedule.rate(step) * group.get("share", 1.0)
            with torch.autocast(device.type, precision, enabled=precision != torch.float32):
                losses = stage.losses(step)
            optimizer.zero_grad(set_to_none=True)
            sum(losses.values(), torch.zeros((), device=device)).backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            step += 1
            for name, loss in losses.items():
                sums[name] = sums.get(name, 0.0) + float(loss.detach())
            summed += 1
            row = {"stage": stage.name, "step": step, "seconds": round(monotonic() - begun, 1)}
            if step % schedule.log_every == 0:
                note(folder, row, {name: value / summed for name, value in sums.items()}, say)
                sums, summed = {}, 0
            if step % schedule.measure_every == 0 or step == schedule.steps:
                note(folder, row, measured(stage), say)
            if step % schedule.save_every == 0:
                save_checkpoint(kept, model, optimizer, step)
    save_checkpoint(kept, model, optimizer, step)
    return step >= schedule.steps or enough()


def decayed(model: nn.Module, weight_decay: float) -> list[dict[str, Any]]:
    """Matrices are pulled towards zero, scales and biases are not; `RATES` names parts that learn more slowly."""
    rates: dict[str, float] = getattr(model, "RATES", {})
    groups: dict[tuple[float, bool], list[nn.Parameter]] = {}
    for name, parameter in model.named_parameters():
        rate = rates.get(name.partition(".")[0], 1.0)
        groups.setdefault((rate, parameter.ndim > 1), []).append(parameter)
    return [
        {"params": found, "weight_decay": weight_decay if matrix else 0.0, "share": rate}
        for (rate, matrix), found in sorted(groups.items(), key=lambda each: each[0], reverse=True)
    ]


def measured(stage: Stage) -> dict[str, float]:
    """The stage's scores, without learning."""
    model = stage.trained()
    model.eval()
    with torch.no_grad():
        return stage.measure()


def note(folder: Path, row: dict[str, Any], values: dict[str, float], say: Callable[[str], None]) -> None:
    """One line more in the log."""
    row = {**row, **{name: round(value, 5) for name, value in values.items()}}
    with (folder / "log.jsonl").open("a", encoding="utf-8") as log:
        log.write(json.dumps(row) + "\n")
    say(" ".join(f"{name} {value}" for name, value in row.items()))


def save_checkpoint(path: Path, model: nn.Module, optimizer: torch.optim.Optimizer, step: int) -> None:
    """Whole or as it was."""
    begun = path.with_suffix(".part")
    torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict(), "step": step}, begun)
    begun.replace(path)


def load_checkpoint(path: Path, model: nn.Module, optimizer: torch.optim.Optimizer) -> int:
    """Go on from here; the step, 0 when there is nothing."""
    if not path.exists():
        return 0
    kept = torch.load(path, map_location="cpu", weights_only=True)
    model.load_state_dict(kept["model"])
    optimizer.load_state_dict(kept["optimizer"])
    return int(kept["step"])


@contextmanager
def asked_to_end() -> Iterator[Callable[[], bool]]:
    """Whether SIGINT or SIGTERM came: the step is finished and kept before anything ends."""
    came: list[int] = []
    before = {number: signal.signal(number, lambda number, _: came.append(number)) for number in ENDING}
    try:
        yield lambda: bool(came)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


ENDING = (signal.SIGINT, signal.SIGTERM)
