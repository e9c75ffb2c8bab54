"""The documentation names what exists."""

import re
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]
MODELS = (REPOSITORY / "docs" / "models.md").read_text("utf-8")


def test_every_test_that_is_named_exists():
    named = dict(re.findall(r"^\|.*\| ([WQS]) `(test_\w+)` \|$", MODELS, re.MULTILINE))
    rows = re.findall(r"([WQS]) `(test_\w+)`", MODELS)
    files = dict(zip("WQS", re.findall(r"\(\.\./(tests/[\w/]+\.py)\) \(([WQS])\)", MODELS), strict=True))
    assert named
    assert len(rows) > 10
    for letter, name in rows:
        path, _ = files[letter]
        assert f"def {name}(" in (REPOSITORY / path).read_text("utf-8"), name


def test_sizes_of_adapters_are_those_that_the_script_computes(monkeypatch):
    monkeypatch.syspath_prepend(REPOSITORY / "benchmarks")
    import lora_sizes

    assert lora_sizes.table() in (REPOSITORY / "docs" / "finetuning.md").read_text("utf-8")


def test_what_lora_is_said_to_teach_is_what_was_measured():
    from vidsense.report.steps.taught import measured

    told = measured()
    if told is None:
        pytest.skip("nothing was measured for this package: benchmarks/lora.py")
    page = (REPOSITORY / "docs" / "finetuning.md").read_text("utf-8")
    for run in told["runs"]:
        assert f"{run['learn']:,} ({100 * run['learn'] / run['all']:.2f} %)" in page
        assert f"{100 * run['new']['action']['share']:.1f} %" in page
