"""In: what commands share. Out: click options and the kinds of value they take."""

import math
from collections.abc import Callable
from typing import Any

import click

DEBUG = "vidsense.debug"
"""Where the context of a command line notes `--debug`."""
Command = Callable[..., None]


class Time(click.ParamType[float]):
    """A moment of the video: seconds, mm:ss or hh:mm:ss."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Seconds."""
        try:
            return seconds_of(str(value))
        except ValueError:
            self.fail(f"{value!r} is no time; write seconds, mm:ss or hh:mm:ss, as in 92.5 or 1:32.5.", param, ctx)


def seconds_of(text: str) -> float:
    """A time as people write it, in seconds.

    >>> seconds_of("92.5"), seconds_of("1:32.5"), seconds_of("1:02:03")
    (92.5, 92.5, 3723.0)
    """
    parts = [float(part) for part in text.split(":")]
    if len(parts) > 3 or any(part < 0 or not math.isfinite(part) for part in parts):
        raise ValueError(f"not a time: {text}")
    if any(part >= 60 for part in parts[1:]) or any(part != int(part) for part in parts[:-1]):
        raise ValueError(f"not a time: {text}")
    return sum(part * 60.0**place for place, part in enumerate(reversed(parts)))


def known_model(_ctx: click.Context, _param: click.Parameter, value: str) -> str:
    """The name of a model that is there."""
    if value != "none":
        raise click.BadParameter(f"there is no model {value!r} in this version; leave --model out, or write none.")
    return value


def note_debug(ctx: click.Context, _param: click.Parameter, value: bool) -> None:
    """Keep `--debug` where the command line's errors are explained."""
    ctx.meta[DEBUG] = value


AT_LEAST_1 = click.IntRange(min=1)
ACCOUNT = [
    click.option(
        "--sampling",
        type=click.Choice(["adaptive", "uniform", "keyframe", "every"]),
        default="adaptive",
        show_default=True,
        help="How frames are chosen.",
    ),
    click.option("--frames", metavar="N", type=AT_LEAST_1, help="Choose N frames.  [default: what the video deserves]"),
    click.option("--token-budget", metavar="N", type=AT_LEAST_1, help="Choose frames for at most N tokens."),
    click.option(
        "--tokens-per-frame",
        metavar="N",
        type=AT_LEAST_1,
        default=196,
        show_default=True,
        help="What one frame costs the model that will look at it.",
    ),
    click.option("--start", type=Time(), default="0", help="Begin here: seconds, mm:ss or hh:mm:ss."),
    click.option("--end", type=Time(), help="End here."),
    click.option(
        "--model",
        metavar="NAME",
        default="none",
        show_default=True,
        callback=known_model,
        help="Who writes; none: it is measured.",
    ),
    click.option(
        "--threads", metavar="N", type=click.IntRange(min=0), default=0, help="Decoder threads.  [default: all cores]"
    ),
]
"""What shapes an account: the fields of `batch.Options`, and `threads`."""
QUIET = click.option("--quiet", "-q", is_flag=True, help="No progress and no summary, only results and errors.")
DEBUGGING = click.option(
    "--debug", is_flag=True, expose_value=False, is_eager=True, callback=note_debug, help="Show where errors arise."
)


def with_options(*options: Callable[[Command], Command]) -> Callable[[Command], Command]:
    """A decorator that adds these options to a command, in their order."""

    def decorate(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate
