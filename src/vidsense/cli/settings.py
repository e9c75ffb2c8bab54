"""`vidsense settings`: what holds, and where it comes from."""

import json
import os

import click

from vidsense.cli.options import DEBUGGING, held
from vidsense.cli.progress import say
from vidsense.settings import PREFIX, Setting, config_path

SECRETS = {"api_key"}
OTHERS = {"VIDSENSE_CONFIG", "VIDSENSE_TEST_VIDEOS"}
"""Variables of ours that are no settings."""


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@DEBUGGING
@click.pass_context
def settings(ctx: click.Context, as_json: bool) -> None:
    """Show the settings that hold, and where each comes from.

    A line such as `frames = 24` in the file of settings holds for every command; VIDSENSE_FRAMES=24 in the environment
    goes before it; --frames 24 goes before both.
    """
    holding, path = held(ctx), config_path(os.environ)
    for variable in sorted(os.environ):
        known = variable.removeprefix(PREFIX).lower() in holding or variable in OTHERS
        if variable.startswith(PREFIX) and not known:
            say(f"{variable} is set, but there is no such setting.")
    if as_json:
        rows = {s.name: {"value": known_value(s), "origin": s.origin} for s in holding.values()}
        fields = {"file": str(path), "file_is_there": path.is_file(), "settings": rows}
        click.echo(json.dumps(fields, indent=1, ensure_ascii=False, default=str))
    else:
        click.echo(
            "\n".join([f"{path}{'' if path.is_file() else ' (not there)'}", "", *map(line_of, holding.values())])
        )


def known_value(setting: Setting) -> object:
    """The value, but for what must not be shown."""
    return "set, not shown" if setting.name in SECRETS and setting.value else setting.value


def line_of(setting: Setting) -> str:
    """One setting in a line, its value as the file would hold it."""
    match setting.value:
        case None:
            shown = "not set"
        case str() if setting.name in SECRETS:
            shown = "set, not shown"
        case bool():
            shown = str(setting.value).lower()
        case _:
            shown = str(setting.value)
    return f"{setting.name:<17} {shown:<24} {setting.origin}"
