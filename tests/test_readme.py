"""The README says what is so."""

import re
import shlex
from pathlib import Path

import click
import pytest

import vidsense
from vidsense.cli.main import commands
from vidsense.source.synthetic import demo_drawing, write_video

README = (Path(__file__).parents[1] / "README.md").read_text("utf-8")


@pytest.mark.full
def test_the_account_of_the_demo_is_the_one_shown(tmp_path):
    account = vidsense.describe(write_video(demo_drawing(), tmp_path / "demo.mp4"), model="none")
    shown = README.partition("<!-- account of the demo -->")[2].partition("<!-- end -->")[0].strip()
    assert re.sub(r"^> ?", "", shown, flags=re.M) == account.description
    assert account.coverage.looked_at == 17
    assert sum(7.0 < f.t < 12.3 and f.chosen for f in account.frames) == 5


def test_every_command_and_option_in_it_exists():
    lines = [line.split("#")[0] for line in README.splitlines() if line.startswith("vidsense ")]
    assert len(lines) > 5
    for line in lines:
        _, name, *arguments = shlex.split(line)
        command = commands.get_command(click.Context(commands), name)
        if isinstance(command, click.Group) and arguments:
            command = command.commands[arguments[0]]
        options = {opt for parameter in command.params for opt in parameter.opts}
        assert {a for a in arguments if a.startswith("--")} <= options, line
