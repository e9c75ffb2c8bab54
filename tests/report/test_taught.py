"""Step 7: real matrices and measured figures, or shapes and counts alone and a sentence that none was trained."""

import base64
import re

import numpy as np
import pytest

from vidsense.report.steps.taught import matrices, measured, percent, taught

RUN = {
    "way": "lora", "learn": 90, "all": 3000, "learning_mib": 0.5, "processor_seconds": 12.3, "best_step": 40,
    "new": {"action": {"share": 0.9}}, "old": {"action": {"share": 0.95}, "all": {"share": 0.8}},
}  # fmt: skip
TOLD = {
    "runs": [RUN], "clips": {"learnt": 80, "held out": 20, "replayed": 300, "tested": 100, "old": 200},
    "before": {"new": {"action": {"share": 0.0}}, "old": {"action": {"share": 0.97}, "all": {"share": 0.81}}},
}  # fmt: skip


@pytest.fixture
def kept():
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 12)).astype(np.float32), rng.normal(size=(8, 2)).astype(np.float32)
    return {"w": rng.normal(size=(8, 12)), "a": a, "b": b, "scale": np.array(0.5), "name": np.array("a matrix")}


def text_of(step):
    return re.sub(r"<[^>]+>", " ", " ".join(step.parts))


def test_without_an_adapter_only_shapes_and_counts_are_shown():
    step = taught(None, None)
    assert "No adapter was trained" in text_of(step)
    assert "data-figure" not in " ".join(step.parts)
    assert step.data == {}
    assert "256 × 4 + 4 × 256 = 2,048" in text_of(step)


def test_the_matrices_on_the_page_are_those_that_were_kept(kept):
    told = taught(TOLD, kept).data["taught"]
    assert (told["rows"], told["columns"], told["rank"], told["scale"]) == (8, 12, 2, 0.5)
    a = np.frombuffer(base64.b64decode(told["a"]), "<f4").reshape(2, 12)
    np.testing.assert_array_equal(a, kept["a"])
    w = (np.frombuffer(base64.b64decode(told["w"]), np.uint8).reshape(8, 12) - 127.0) / 127 * told["most"]
    assert np.abs(w - kept["w"]).max() <= told["most"] / 254 + 1e-6


def test_the_counts_are_worked_through_and_the_figures_are_the_measured_ones(kept):
    said = text_of(taught(TOLD, kept))
    assert "8 × 2 + 2 × 12 = 40" in said
    assert "share: 40 / 96 = 41.7 %" in said
    assert "90 numbers learnt, beside 3,000 that stayed: 3.0 %" in said
    change = np.linalg.norm(0.5 * kept["b"] @ kept["a"]) / np.linalg.norm(kept["w"])
    assert f"The product is {100 * change:.0f} % as large as W" in said
    assert re.search(r"the new action\s+0.0 %\s+90.0 %", said)
    assert re.search(r"one action\s+97.0 %\s+95.0 %", said)


def test_what_lies_in_the_package_fits_together():
    if measured() is None or matrices() is None:
        pytest.skip("no adapter was measured for this package: benchmarks/lora.py")
    kept = matrices()
    assert kept["b"].shape[1] == kept["a"].shape[0] == measured()["options"]["rank"]
    assert (kept["b"].shape[0], kept["a"].shape[1]) == kept["w"].shape
    assert kept["b"].any()


def test_shares_have_two_digits_that_count():
    assert percent(1.0) == "100.0 %"
