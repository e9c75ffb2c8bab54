"""The examples run, word for word."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[1] / "examples"


def run(name, *arguments, **environment):
    return subprocess.run(
        [sys.executable, EXAMPLES / name, *map(str, arguments)],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=True,
    ).stdout


@pytest.mark.full
def test_the_plain_way_asks_about_single_frames(walk, ollama_server):
    printed = run("reference_implementation.py", walk, "--model", "tiny", OLLAMA_HOST=ollama_server.host)
    lines = printed.splitlines()
    assert [line.split()[2] for line in lines if " s  " in line] == ["action:", "objects:", "scene:"]
    assert len((EXAMPLES / "reference_implementation.py").read_text("utf-8").splitlines()) < 80


@pytest.mark.full
def test_the_steps_by_hand_end_in_words(walk, tiny_files):
    printed = run("slides.py", walk, "--model", f"gguf/{tiny_files[0]}")
    assert printed.startswith("frames (5, 252, 448, 3) at [1.2, 3.6, 6.0, 8.4, 10.8] s\n5 pictures of ")
    assert len(printed.splitlines()) > 2


@pytest.mark.full
def test_a_folder_of_clips_is_told_and_resumed(walk, cuts, tmp_path):
    for path in (walk, cuts):
        shutil.copy(path, tmp_path)
    printed = run("folder_of_clips.py", tmp_path)
    assert "'described': 2" in printed
    assert "cuts.mp4: 24.0 s, 12 shots" in printed
    assert "from left to right" in printed
    assert "'done before': 2" in run("folder_of_clips.py", tmp_path)
