"""What a run computes on: pictures changed there, sums in fewer bits, one sentence for a GPU that is not there."""

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from vidsense.cli.main import run  # noqa: E402
from vidsense.training.config import read_config  # noqa: E402
from vidsense.training.device import chosen_device, precision_on  # noqa: E402
from vidsense.training.run import train_stage  # noqa: E402
from vidsense.training.train import Workshop  # noqa: E402
from vidsense.training.variation import any_variation, varied  # noqa: E402

TINY = Path(__file__).with_name("tiny.toml")


def test_pictures_are_changed_as_opencv_changes_them():
    import cv2

    rng = np.random.default_rng(0)
    pixels = cv2.GaussianBlur(rng.integers(0, 255, (72, 96, 3)).astype(np.uint8), (7, 7), 0)
    for seed in range(6):
        vary = any_variation(np.random.default_rng(seed))
        (sx, sy), (dx, dy) = vary.scale, vary.shift
        matrix = np.array([
            [sx, 0, (0.5 + dx - sx / 2) * 96 - 0.5 + sx / 2], [0, sy, (0.5 + dy - sy / 2) * 72 - 0.5 + sy / 2],
        ])  # fmt: skip
        seen = cv2.warpAffine(pixels.astype(np.float32), matrix, (96, 72), borderMode=cv2.BORDER_REFLECT)
        expected = (seen * vary.light + vary.bias).clip(0, 255)
        ours = (varied(torch.from_numpy(pixels)[None], [vary])[0].permute(1, 2, 0).numpy() + 1) * 127.5
        np.testing.assert_allclose(ours, expected, atol=1.5)  # OpenCV's places are multiples of 1/32 pixel


@pytest.mark.parametrize("name", ["image", "temporal", "language", "joint", "matching"])
def test_every_stage_learns_in_bfloat16(name, tmp_path, workshop):
    """The numbers of a GPU, on the processor: losses are finite, and what is kept is float32."""
    stage = workshop.stage(name)
    before = [parameter.detach().clone() for parameter in stage.trained().parameters()]
    with torch.autocast("cpu", torch.bfloat16):
        losses = stage.losses(0)
    assert all(loss.dtype == torch.float32 and bool(loss.isfinite()) for loss in losses.values())
    train_stage(one_step(stage), tmp_path, precision=torch.bfloat16)
    kept = torch.load(tmp_path / f"{name}.pt", weights_only=True)["model"]
    assert all(value.dtype == torch.float32 for value in kept.values() if value.is_floating_point())
    pairs = zip(before, stage.trained().parameters(), strict=True)
    assert any(not torch.equal(old, new.detach()) for old, new in pairs)


def one_step(stage):
    """The stage without its long measure."""
    from vidsense.training.run import Schedule

    stage.schedule, stage.measure = Schedule(1, 1e-3, warmup_steps=1), lambda: {}
    return stage


def test_bfloat16_tells_about_the_same(workshop):
    stage = workshop.stage("language")
    stage.trained().eval()
    exact = stage.losses(1)
    with torch.autocast("cpu", torch.bfloat16):
        rough = stage.losses(1)
    for name, loss in exact.items():
        assert float(rough[name].detach()) == pytest.approx(float(loss.detach()), rel=0.03), name


@pytest.fixture(scope="module")
def workshop(tmp_path_factory):
    """Untrained parts, and a tokenizer that has read little."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("vidsense.training.tokenizer.LEARNT_FROM_CLIPS", 10)
        workshop = Workshop(read_config(TINY), tmp_path_factory.mktemp("run"))
        assert workshop.tokenizer
    return workshop


def test_a_processor_sums_in_float32_and_a_gpu_in_bfloat16():
    assert precision_on(chosen_device("cpu")) == torch.float32
    assert precision_on(torch.device("cuda")) == torch.bfloat16


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU here")
def test_a_gpu_that_is_not_there_is_one_sentence(capsys, tmp_path):
    assert chosen_device("auto").type == "cpu"
    assert run(["train", "nano", "--out", str(tmp_path / "run"), "--device", "cuda"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "no CUDA device here; --device cpu works" in err
    assert err.count("\n") == 1


def test_a_device_that_is_none_is_one_sentence():
    with pytest.raises(ValueError, match="there is no device tpu; there are auto, cpu, cuda"):
        chosen_device("tpu")
