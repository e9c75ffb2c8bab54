"""The pages on how it works: one for each stage, with commands that exist and figures that come out the same."""

import ast
import re
import shlex
from pathlib import Path

import click
import cv2
import numpy as np
import pytest

from vidsense.cli.main import commands, run
from vidsense.source.synthetic import demo_drawing, write_video
from vidsense.training.world.clip import WorldClip
from vidsense.training.world.story import tell

REPOSITORY = Path(__file__).parents[1]
PAGES = REPOSITORY / "docs" / "how-it-works"
STAGES = ["source", "survey", "frames", "facts", "vision", "temporal", "language", "account"]
FIGURES: dict[str, list[str]] = ast.literal_eval(
    re.findall(r"^FIGURES = (\{.*?^\})$", (REPOSITORY / "scripts" / "figures").read_text("utf-8"), re.M | re.S)[0]
)
MEAN_DIFFERENCE = 3.0
"""Of 255: another version of matplotlib may set letters a little differently."""


def texts() -> dict[str, str]:
    return {path.name: path.read_text("utf-8") for path in sorted(PAGES.glob("*.md"))}


def test_every_stage_has_a_page_that_says_what_goes_in_and_out():
    index = texts()["README.md"]
    for stage in STAGES:
        assert f"({stage}.md)" in index
        page = texts()[f"{stage}.md"]
        assert page.splitlines()[0].lower().startswith(f"# {stage}")
        assert "**In:**" in page
        assert "**Out:**" in page


def test_every_link_leads_somewhere():
    for name, text in texts().items():
        for target in re.findall(r"\]\(([^)#]+)\)", text):
            assert target.startswith("https://") or (PAGES / target).exists(), f"{name}: {target}"


def test_every_picture_has_words_for_those_who_do_not_see_it():
    for name, text in texts().items():
        assert all(len(words.split()) > 5 for words in re.findall(r"!\[([^\]]*)\]", text)), name


def test_every_command_and_option_exists():
    lines = [line.split("#")[0] for text in texts().values() for line in text.splitlines()]
    found = [shlex.split(line) for line in lines if line.startswith("vidsense ")]
    assert len(found) > 5
    for _, name, *arguments in found:
        command = commands.get_command(click.Context(commands), name)
        options = {opt for parameter in command.params for opt in parameter.opts}
        assert {a for a in arguments if a.startswith("-")} <= options, name


@pytest.mark.full
@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_comes_out_as_it_is_shown(name, tmp_path):
    source, figure, *options = FIGURES[name]
    drawing = demo_drawing() if source == "demo" else WorldClip(tell(20)).drawing()
    video = write_video(drawing, tmp_path / f"{source}.mp4")
    assert run(["plot", figure, str(video), "--out", str(tmp_path / name), *options]) == 0
    drawn, shown = cv2.imread(str(tmp_path / name)), cv2.imread(str(PAGES / "images" / name))
    assert drawn.shape == shown.shape
    assert np.abs(drawn.astype(int) - shown).mean() < MEAN_DIFFERENCE
