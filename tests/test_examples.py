"""The examples run, word for word."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from vidsense.source.synthetic import write_video
from vidsense.training.world.clip import WorldClip
from vidsense.training.world.story import tell

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
    assert printed.startswith("frames (5, 252, 448, 3) at [1.2, 3.6, 6.0, 8.4, 10.8] s\n")
    assert len(printed.splitlines()) > 1


@pytest.mark.full
def test_the_steps_inside_an_encoder_show_their_types(walk, clip_encoder_folder):
    printed = run("slides.py", walk, "--encoder", clip_encoder_folder)
    assert "tokens (5, 16, 32): 16 patches a frame, 32 numbers each" in printed
    assert "('<|startoftext|>', " in printed
    assert "embeddings (5, 24); frame 1 is like frame 2 by " in printed
    assert "attention (1, 1, 5, 5), parameter-free; importance [" in printed


@pytest.mark.full
def test_a_folder_of_clips_is_told_and_resumed(walk, cuts, tmp_path):
    for path in (walk, cuts):
        shutil.copy(path, tmp_path)
    printed = run("folder_of_clips.py", tmp_path)
    assert "'described': 2" in printed
    assert "cuts.mp4: 24.0 s, 12 shots" in printed
    assert "from left to right" in printed
    assert "'done before': 2" in run("folder_of_clips.py", tmp_path)


@pytest.mark.full
def test_the_steps_by_hand_run_on_what_is_in_the_package(tmp_path):
    clip = write_video(WorldClip(tell(20)).drawing(), tmp_path / "clip.mp4")
    printed = run("slides.py", clip, "--encoder", "nano", "--model", "nano")
    assert "tokens (5, 108, 96)" in printed
    assert "attention (2, 8, 5, 5), trained" in printed
    assert printed.splitlines()[-1] == "a person pours water from a bottle into a glass"
