"""What each way to choose frames costs, and what it misses, on videos whose answers are known."""

import json
from pathlib import Path

import pytest

from vidsense.account.describe import described
from vidsense.account.observe import observe
from vidsense.account.strategies import FAST_TOKENS, slow_fast, strategies
from vidsense.cli.main import run
from vidsense.frames.budget import FrameBudget


def test_few_frames_miss_shots_and_every_frame_misses_none(cuts: Path) -> None:
    seen = observe(cuts)
    _, account = described(seen, cuts, FrameBudget(frames=6), began=0.0)
    every, uniform, _, adaptive = strategies(seen.survey, account, [0.0], patches=196, gigaflops=35.1)
    assert (len(every.pts_seconds), every.tokens) == (600, 600 * 196)
    assert every.shots_missed == ()
    assert every.misses == "nothing that was measured"
    assert len(uniform.pts_seconds) == len(adaptive.pts_seconds) == 6
    assert uniform.tokens == 6 * 196
    assert uniform.gigaflops == pytest.approx(6 * 35.1)
    assert len(uniform.shots_missed) == 6
    assert all(f"shot {shot + 1}" in uniform.misses for shot in uniform.shots_missed)


def test_slow_and_fast_spend_no_more_tokens_and_miss_less(cuts: Path) -> None:
    seen = observe(cuts)
    _, account = described(seen, cuts, FrameBudget(frames=6), began=0.0)
    both = slow_fast(seen.survey, account, patches=196, gigaflops=35.1)
    assert both.tokens <= 6 * 196
    assert (both.tokens - 3 * 196) % FAST_TOKENS == 0
    assert both.shots_missed == ()
    assert len(both.pts_seconds) > 30


@pytest.mark.full
def test_the_command_prints_the_comparison(cuts: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["frames", str(cuts), "--plan", "--frames", "6", "--json", "--quiet"]) == 0
    rows = {row["way"]: row for row in json.loads(capsys.readouterr().out)}
    assert list(rows) == ["every frame", "uniform", "key frames", "adaptive", "slow–fast"]
    assert rows["uniform"] | {"misses": ""} == {
        "way": "uniform", "frames": 6, "tokens": 1176, "gigaflops": 211, "shots_seen": 6, "shots": 12,
        "events_seen": rows["uniform"]["events_seen"], "events": rows["uniform"]["events"], "misses": "",
    }  # fmt: skip
    assert run(["frames", str(cuts), "--plan", "--frames", "6", "--quiet"]) == 0
    assert "uniform            6       1,176       211      6/12" in capsys.readouterr().out
