"""The documentation names what exists."""

import re
from pathlib import Path

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
