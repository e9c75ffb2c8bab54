"""In: what commands share. Out: click options and the kinds of value they take."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vidsense.settings import SAMPLINGS, Setting

if TYPE_CHECKING:
    from vidsense.catalog.cache import FileCache

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


class Labels(click.ParamType[tuple[str, ...]]):
    """Words, with commas between them, or the name of a file with one in each line."""

    name = "labels"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        """The words, each once."""
        if isinstance(value, tuple):
            return value
        text = str(value)
        try:
            lines = Path(text).read_text("utf-8").splitlines() if text and Path(text).is_file() else text.split(",")
        except (OSError, ValueError) as error:
            self.fail(f"{text} cannot be read as a file of labels: {error}.", param, ctx)
        return tuple(dict.fromkeys(word.strip() for word in lines if word.strip()))


def held(ctx: click.Context) -> dict[str, Setting]:
    """The settings that the command line began with."""
    return ctx.find_object(dict) or {}


def kept_in(ctx: click.Context, _param: click.Parameter, value: bool) -> "FileCache | None":
    """The cache, when it is wanted and there is a folder for it."""
    if not value:
        return None
    from vidsense.catalog.cache import FileCache
    from vidsense.cli.progress import say

    return FileCache(Path(str(held(ctx)["cache_folder"].value)), on_trouble=say)


def note_debug(ctx: click.Context, _param: click.Parameter, value: bool) -> None:
    """Keep `--debug` where the command line's errors are explained."""
    ctx.meta[DEBUG] = value


SPEECH_MODEL = click.option(
    "--speech-model",
    metavar="NAME",
    help="Write down what is said, with this Whisper of CTranslate2's: a name or folder.",
)
AT_LEAST_1 = click.IntRange(min=1)
THREADS = click.option(
    "--threads", metavar="N", type=click.IntRange(min=0), default=0, help="Decoder threads.  [default: all cores]"
)
CACHE = click.option(
    "--cache/--no-cache", default=True, callback=kept_in, help="Keep what is measured for the next question, or not."
)
PART = [
    click.option("--start", type=Time(), default="0", help="Begin here: seconds, mm:ss or hh:mm:ss."),
    click.option("--end", type=Time(), help="End here."),
]
"""Which part of the video."""
RUNNING = [
    click.option("--context", metavar="N", type=click.IntRange(min=1024), help="Tokens that the model holds at once."),
    click.option(
        "--parallel", metavar="N", type=AT_LEAST_1, default=1, help="Ask so much at once, where the server takes it."
    ),
    click.option("--allow-remote", is_flag=True, help="Let a server on another machine see the frames."),
    click.option("--trust-remote-code", is_flag=True, help="Let code run that comes with a model (hf/)."),
]
"""How a model runs."""
MODEL = [
    click.option(
        "--model",
        metavar="NAME",
        default="auto",
        show_default=True,
        help="Who writes: ollama/NAME, openai/URL#NAME, gguf/FILE, hf/NAME, joined/FOLDER; none: it is measured; "
        "auto: a running Ollama's, where it has one that sees.",
    ),
    click.option(
        "--check",
        type=click.Choice(["quick", "full", "off"]),
        default="quick",
        show_default=True,
        help="How the model's statements are checked: all of a part at once, each alone, or not.",
    ),
    *RUNNING,
]
"""Who writes, and how: `cli.choice.chosen_model` reads them."""
ENCODER = click.option(
    "--encoder",
    metavar="NAME",
    help="What compares words with frames: clip-vit-b16, siglip2-b16, mobileclip2-s0, or a folder.",
)
LOOKING = [
    click.option("--about", metavar="TEXT", help="Choose half of the frames for what is asked about."),
    click.option(
        "--labels",
        metavar="WORDS",
        type=Labels(),
        default="",
        help='Find which of these words fit frames and movers: "a person, a dog, nothing", or a file of them.',
    ),
    ENCODER,
]
"""What an encoder is wanted for."""
ACCOUNT = [
    click.option(
        "--sampling",
        type=click.Choice(SAMPLINGS),
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
    *PART,
    SPEECH_MODEL,
    THREADS,
    CACHE,
]
"""What shapes an account, but for the model; then what does not."""
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
