"""The joint stage: pixels to answers in one step, from what the stages before learnt."""

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from vidsense.training.config import read_config  # noqa: E402
from vidsense.training.train import Workshop, load_trained, train_nano  # noqa: E402
from vidsense.training.variation import gentle_variation  # noqa: E402

TINY = Path(__file__).with_name("tiny.toml")


@pytest.fixture(scope="module")
def workshop(tmp_path_factory):
    """Untrained parts, and a tokenizer that has read little."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("vidsense.training.tokenizer.LEARNT_FROM_CLIPS", 10)
        workshop = Workshop(read_config(TINY), tmp_path_factory.mktemp("run"))
        assert workshop.tokenizer
    return workshop


def test_every_part_learns_from_one_step_and_the_stem_keeps_its_means(workshop):
    stage = workshop.stage("joint")
    model = stage.trained()
    model.train()
    means = {name: value.clone() for name, value in model.image.stem.named_buffers()}
    losses = stage.losses(0)
    assert {"language", "action", "now", "cell_kind", "cell_pose"} <= set(losses)
    sum(losses.values()).backward()
    silent = [name for name, parameter in model.named_parameters() if parameter.grad is None]
    assert not silent
    for name, value in model.image.stem.named_buffers():
        torch.testing.assert_close(value, means[name], rtol=0, atol=0)


def test_words_alone_reach_the_pixels(workshop):
    model = workshop.stage("joint").trained()
    model.zero_grad()
    workshop.stage("joint").losses(0)["language"].backward()
    assert float(model.image.stem[0][0].weight.grad.abs().sum()) > 0


def test_frames_of_a_clip_are_varied_alike_and_never_mirrored(workshop):
    shard, stage = workshop.held_out, workshop.stage("joint")
    told, _ = stage.cells([(shard, 0)], np.array([3, 3]), np.random.default_rng(1))
    torch.testing.assert_close(told["kind"][0], told["kind"][1])
    other, _ = stage.cells([(shard, 0)], np.array([3]), np.random.default_rng(2))
    assert (told["kind"][0] - other["kind"][0]).abs().max() > 1e-3
    assert not any(gentle_variation(np.random.default_rng(seed)).mirror for seed in range(50))


def test_it_learns_from_clips_that_no_stage_has_seen(workshop):
    before = {shard.folder for name in ("image", "temporal", "language") for shard in workshop.pool(name).at(5)}
    assert before.isdisjoint(shard.folder for shard in workshop.pool("joint").at(0))


def test_what_it_learnt_is_used_where_it_is_there(workshop):
    for name in ("image", "temporal", "language"):
        torch.save({"model": workshop.stage(name).trained().state_dict()}, workshop.folder / f"{name}.pt")
    load_trained(workshop, ("image", "temporal", "language", "joint"))  # a run without it is whole
    changed = {name: value + 1 for name, value in workshop.stage("joint").trained().state_dict().items()}
    torch.save({"model": changed}, workshop.folder / "joint.pt")
    fresh = Workshop(workshop.config, workshop.folder)
    load_trained(fresh, ("image", "temporal", "language", "joint"))
    for name, value in fresh.stage("joint").trained().state_dict().items():
        torch.testing.assert_close(value, changed[name], rtol=0, atol=0)


def test_a_stage_asks_for_those_before_it(tmp_path):
    config = read_config(TINY)
    with pytest.raises(ValueError, match=r"holds no image\.pt: train the stage image first"):
        train_nano(config, tmp_path, stages=("joint",))
