"""Step 6: a matrix in fewer bits, with its own numbers; without weights or measurements it says what is missing."""

import base64
import json

import numpy as np
import pytest

from vidsense.language.rounding import LAYOUTS, rounded
from vidsense.report.steps import smaller

LEVEL = {"level": "F32", "bytes": 8_409_760, "right": 0.883, "lost": 0.0, "lost_interval": [0.0, 0.0], "decode": 263}
MEASURED = {
    "nano": {
        "questions": 1200,
        "weights": "0123",
        "rows": [LEVEL, LEVEL | {"level": "Q2_K", "right": 0.861, "lost": 2.2, "lost_interval": [-0.3, 4.1]}],
    },
    "seven_billion": {"rows": [{"level": "Q2_K", "usual_gb": 1.75, "gb": 2.53}]},
    "made": "2026-11-22",
}


@pytest.fixture
def weights():
    """Two matrices of a made-up model; the second has an outlier."""
    rng = np.random.default_rng(0)
    held = {name: rng.normal(0, 0.03, (24, 256)).astype(np.float32) for name in ("first", "second")}
    held["second"][7, 100] = 0.4
    return held | {"norm": np.ones(256, np.float32), "narrow": np.full((2, 96), 9.0, np.float32)}


@pytest.fixture
def step(weights, monkeypatch, tmp_path):
    path = tmp_path / "quantization.json"
    path.write_text(json.dumps(MEASURED), "utf-8")
    monkeypatch.setattr(smaller, "language_weights", lambda _folder: weights)
    monkeypatch.setattr(smaller, "MEASURED", path)
    return smaller.smaller_step(None)


def test_the_matrix_with_the_farthest_outlier_is_shown(step):
    assert "<code>second</code>" in step.parts[0]
    assert "0.4000" in step.parts[0]
    assert sum(step.data["smaller"]["counts"]) == 24 * 256
    assert "8, with the largest weight" in step.data["smaller"]["rows"]


def test_the_script_gets_what_rounding_made_of_the_rows(step, weights):
    data = step.data["smaller"]
    numbers = [int(name.split(",")[0]) - 1 for name in data["rows"]]
    chosen = weights["second"][numbers]
    assert np.array_equal(np.frombuffer(base64.b64decode(data["weights"]), "<f4").reshape(-1, 256), chosen)
    for told, layout in zip(data["layouts"], LAYOUTS, strict=True):
        steps = np.frombuffer(base64.b64decode(told["steps"]), np.uint8).astype(float).reshape(-1, 256)
        scales, minima = (np.frombuffer(base64.b64decode(told[name]), "<f4") for name in ("scales", "minima"))
        steps -= 128 if layout.bits == 8 else 0
        back = steps.reshape(-1, layout.group) * scales[:, None] - minima[:, None]
        np.testing.assert_allclose(back.reshape(-1, 256), rounded(chosen, layout).back, atol=1e-6)


def test_an_outlier_costs_its_neighbours_more_than_others(weights):
    made = rounded(weights["second"], LAYOUTS[-1])
    beside, usual = smaller.beside_outlier(weights["second"], made)
    assert beside > 2 * usual


def test_the_measured_table_is_that_of_the_benchmark(step):
    assert "1,200 questions" in step.parts[-1]
    assert "2.2 (−0.3 to 4.1)" in step.parts[-1]
    assert "and take 2.53 GB" in step.parts[-1]


def test_figures_of_other_weights_are_told_as_such(step, tmp_path):
    assert "with other weights than those in this package" in step.parts[-1]
    (tmp_path / "language").mkdir()
    (tmp_path / "language" / "model.safetensors").write_bytes(b"weights")
    own = {"weights": smaller.language_fingerprint(tmp_path)}
    assert smaller.other_weights(own, tmp_path) == ""


def test_the_shipped_figures_are_of_the_shipped_weights():
    said, own = smaller.read_measured(smaller.MEASURED), smaller.language_fingerprint(smaller.nano_folder())
    if said is None or own is None:
        pytest.skip("no weights of nano or no measurement in this package")
    assert said["nano"]["weights"] == own, "run benchmarks/quantization.py"


def test_what_is_not_there_is_said_and_nothing_is_drawn(monkeypatch, tmp_path):
    monkeypatch.setattr(smaller, "nano_folder", lambda: tmp_path)
    monkeypatch.setattr(smaller, "MEASURED", tmp_path / "none.json")
    step = smaller.smaller_step(None)
    assert "holds no weights of nano" in step.parts[0]
    assert "Not measured" in step.parts[1]
    assert step.data == {}
    assert "data-figure" not in "".join(step.parts)
