"""The run that CI makes: in a minute of one core losses fall, and actions are told better than by chance."""

import json
from collections import Counter
from math import comb
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from vidsense.training.config import read_config  # noqa: E402
from vidsense.training.nano import Nano  # noqa: E402
from vidsense.training.shards import Shard  # noqa: E402
from vidsense.training.states import computed  # noqa: E402
from vidsense.training.train import Workshop, load_trained, train_nano  # noqa: E402

SMOKE = Path(__file__).with_name("smoke.toml")
STAGES = ("image", "temporal")
SELDOM = 1e-6
"""How often a model that knows nothing may pass."""


@pytest.fixture(scope="module")
def workshop(tmp_path_factory):
    folder = tmp_path_factory.mktemp("smoke")
    assert train_nano(read_config(SMOKE), folder, stages=STAGES)
    workshop = Workshop(read_config(SMOKE), folder)
    load_trained(workshop, STAGES)
    return workshop


def right_actions(nano: Nano, states: np.ndarray, shard: Shard) -> int:
    """Of how many clips the first event's action is told."""
    with torch.no_grad():
        seconds = torch.from_numpy(shard.times.copy())
        told = nano.eval().events(nano.temporal(torch.from_numpy(states), seconds))["action"]
    return int((told[:, 0].argmax(-1).numpy() == shard.events[:, 0, 0]).sum())


def least(clips: int, chance: float) -> int:
    """So many right, and chance alone reaches it less often than `SELDOM`."""
    tail = 0.0
    for right in range(clips, -1, -1):
        tail += comb(clips, right) * chance**right * (1 - chance) ** (clips - right)
        if tail >= SELDOM:
            return right + 1
    return 0


@pytest.mark.full
def test_losses_fall_and_actions_are_told_better_than_by_chance(workshop):
    rows = [json.loads(line) for line in (workshop.folder / "log.jsonl").read_text("utf-8").splitlines()]
    for stage, name in (("image", "kind"), ("image", "pose"), ("temporal", "action"), ("temporal", "now")):
        losses = [row[name] for row in rows if row["stage"] == stage and name in row]
        assert losses[-1] < 0.75 * losses[0], (stage, name, losses)
    shard = workshop.held_out
    clips, truth = len(shard.events), Counter(shard.events[:, 0, 0].tolist())
    needed = least(clips, truth.most_common(1)[0][1] / clips)  # nothing that does not look does better than that
    states = computed(shard, workshop.nano)
    assert right_actions(workshop.nano, states, shard) >= needed
    assert right_actions(Workshop(workshop.config, workshop.folder).nano, states, shard) < needed


def test_what_chance_reaches_is_the_binomial():
    assert least(1, 0.5) == 2  # one right answer of one proves nothing
    assert least(20, 0.5) == 20  # 2⁻²⁰ < 10⁻⁶ < 21 · 2⁻²⁰: all of twenty
    assert least(120, 0.092) == 30
