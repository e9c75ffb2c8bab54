"""`vidsense train joined`: nano's road with an encoder and a language model that others trained."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from vidsense.cli.options import DEBUGGING, QUIET
from vidsense.cli.progress import say
from vidsense.errors import MissingExtraError

INSTALL = 'pip install "vid-sense[train]"'
PARTS = (
    click.option("--encoder", metavar="NAME", help="A pretrained image encoder: clip-vit-b16, …, a folder, hf/FOLDER."),
    click.option("--llm", metavar="FOLDER", help="A language model of the LLaMA class, as transformers keeps it."),
    click.option("--data", metavar="FILE", help="JSON lines: video and caption, or video, question and answer."),
    click.option("--lora", type=click.IntRange(min=0), default=0, help="Rank of an adapter of the language model."),
    click.option("--gguf", metavar="KIND", help="Write the language model for llama.cpp at the end: Q8_0, Q4_K_M, …"),
)


def parts(command: Callable[..., Any]) -> Callable[..., Any]:
    """What is joined."""
    for option in reversed(PARTS):
        command = option(command)
    return command


@click.command()
@parts
@click.option("--out", "-o", metavar="FOLDER", required=True, help="For the result, the checkpoint and the log.")
@click.option("--steps", type=click.IntRange(min=1), default=1000, show_default=True, help="How many batches.")
@click.option("--batch", type=click.IntRange(min=1), default=16, show_default=True, help="Rows at a time.")
@click.option("--learning-rate", type=float, default=1e-3, show_default=True, help="The highest.")
@click.option("--frames", type=click.IntRange(min=1), default=16, show_default=True, help="Of each clip.")
@click.option("--held-out", type=float, default=0.1, show_default=True, help="Share of clips to measure on.")
@click.option("--seconds", type=click.FloatRange(min=0), help="End after so long; the same command goes on.")
@click.option("--device", default="auto", show_default=True, help="auto, cpu or cuda: what it computes on.")
@click.option("--threads", type=click.IntRange(min=1), default=1, show_default=True, help="Processor threads.")
@QUIET
@DEBUGGING
def joined(*, seconds: float | None, device: str, threads: int, quiet: bool, **told: Any) -> None:
    """Join an image encoder and a language model by a temporal transformer and a projector, which learn from videos.

    The result answers as `--model joined/FOLDER`. Ctrl-C keeps what was learnt; the same command goes on.
    """
    join(told, seconds=seconds, device=device, threads=threads, quiet=quiet)


def join(told: dict[str, Any], *, seconds: float | None, device: str, threads: int, quiet: bool) -> None:
    """What both spellings of the command do."""
    if missing := [f"--{name}" for name in ("encoder", "llm", "data") if not told[name]]:
        raise click.UsageError(f"{' and '.join(missing)} must be named too, to join an encoder and a language model.")
    try:
        from vidsense.training.joined.join import JoinedPlan, train_joined
    except ImportError as error:
        raise MissingExtraError(f"training needs {error.name}, which is not installed: {INSTALL}") from error
    plan = JoinedPlan(**{**told, **{name: Path(told[name]) for name in ("llm", "data", "out")}})
    done = train_joined(plan, seconds=seconds, threads=threads, device=device, say=(lambda _: None) if quiet else say)
    if not quiet:
        say(f"done: --model joined/{plan.out}" if done else "not done yet; the same command goes on.")
