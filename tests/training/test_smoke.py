"""The run that CI makes: in a minute of one core losses fall, and actions are told better than by chance."""

import json
from collections import Counter
from math import comb
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from vidsense.training.config import read_config  # noqa: E402
from vidsense.training.nano import Nano  # noqa: E402
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


def first_actions(nano: Nano, workshop: Workshop) -> tuple[list[int], list[int]]:
    """What is told of the first event of each clip of unseen looks, and what it is."""
    shard = workshop.held_out
    with torch.no_grad():
        states = torch.from_numpy(computed(shard, nano))
        told = nano.eval().events(nano.temporal(states, torch.from_numpy(shard.times.copy())))["action"]
    return told[:, 0].argmax(-1).tolist(), shard.events[:, 0, 0].tolist()


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
    said, truth = first_actions(workshop.nano, workshop)
    commonest = Counter(truth).most_common(1)[0][1] / len(truth)  # nothing that does not look does better
    right = sum(one == other for one, other in zip(said, truth, strict=True))
    assert right >= least(len(truth), commonest)
    untrained, _ = first_actions(Workshop(workshop.config, workshop.folder).nano, workshop)
    assert sum(one == other for one, other in zip(untrained, truth, strict=True)) < least(len(truth), commonest)


def test_what_chance_reaches_is_the_binomial():
    assert least(1, 0.5) == 2  # one right answer of one proves nothing
    assert least(20, 0.5) == 20  # 2⁻²⁰ < 10⁻⁶ < 21 · 2⁻²⁰: all of twenty
    assert least(120, 0.092) == 30
