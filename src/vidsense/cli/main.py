"""In: the command line. Out: results on stdout, one sentence on stderr when something fails, and an exit code."""

import atexit
import errno
import io
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from typing import NoReturn

import click

from vidsense.cli.options import DEBUG
from vidsense.cli.progress import say
from vidsense.errors import VidSenseError
from vidsense.settings import read_settings

FAILED, WRONG_USE, INTERRUPTED = 1, 2, 130
COMMANDS = [
    "ask", "bench", "cache", "chat", "demo", "describe", "doctor", "explain", "finetune", "frames", "models", "plot",
    "probe", "quantize", "settings", "train", "world",
]  # fmt: skip
MODULES = {name: f"vidsense.cli.{name}" for name in COMMANDS} | {"chat": "vidsense.cli.ask"}
TRAINING = {"train", "finetune"}
"""All others multiply small matrices; the threads that OpenBLAS keeps for large ones would spin at each start."""


class Commands(click.Group):
    """The commands, each imported when it is wanted."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Their names."""
        return COMMANDS

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of this name, if there is one."""
        if cmd_name not in MODULES:
            return None
        if cmd_name not in TRAINING:
            os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
        found: click.Command = getattr(import_module(MODULES[cmd_name]), cmd_name)
        return found


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="vid-sense", message="%(prog)s %(version)s")
@click.pass_context
def commands(ctx: click.Context) -> None:
    """A true, timestamped account of any video, made on this machine.

    Start with `vidsense demo`, or `vidsense describe VIDEO`.
    """
    ctx.obj = read_settings(os.environ)
    values = {name: setting.value for name, setting in ctx.obj.items() if setting.origin != "default"}
    ctx.default_map = dict.fromkeys(COMMANDS, values)


def run(arguments: Sequence[str]) -> int:
    """Run one command line; the exit code."""
    context: click.Context | None = None
    try:
        context = commands.make_context("vidsense", list(arguments) or ["--help"])
        with context:
            commands.invoke(context)
        sys.stdout.flush()
    except click.exceptions.Exit as done:
        return done.exit_code
    except (KeyboardInterrupt, click.Abort):
        say("stopped. What was written so far is whole.")
        return INTERRUPTED
    except Exception as error:
        if context and context.meta.get(DEBUG):
            raise
        return say_why(error)
    return 0


def say_why(error: Exception) -> int:
    """Say in one sentence what went wrong; the exit code for it."""
    match error:
        case click.UsageError():
            path = error.ctx.command_path if error.ctx else "vidsense"
            say(f"{error.format_message()} See `{path} --help`.")
            return WRONG_USE
        case ValueError():
            say(str(error))
            return WRONG_USE
        case VidSenseError():
            say(str(error))
        case OSError() if is_closed_pipe(error):
            forget_stdout()
            return 0  # who read it had enough
        case OSError():
            forget_stdout()
            say(f"cannot go on: {error}.")
        case _:
            say(f"unexpected {type(error).__name__}: {error}. Run it again with --debug, and report what that prints.")
    return FAILED


def is_closed_pipe(error: OSError) -> bool:
    """Whether the program that read our output has ended; Windows calls that an invalid argument."""
    return error.errno == errno.EPIPE or (os.name == "nt" and error.errno == errno.EINVAL)


def forget_stdout() -> None:
    """Send what is still in the buffer nowhere, so that leaving the program does not fail on it again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def main() -> None:
    """The `vidsense` command."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
    leave(run(sys.argv[1:]))


def leave(code: int) -> NoReturn:
    """End the process once all is written: freeing each object first would take a fifth of a second."""
    atexit._run_exitfuncs()
    with suppress(OSError):  # who read it is gone
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code)
