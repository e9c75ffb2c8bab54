"""`vidsense ask` and `vidsense chat`: answers, each with the moments it rests on."""

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vidsense.cli.options import CACHE, DEBUGGING, ENCODER, MODEL, QUIET, SPEECH_MODEL, THREADS, Time, with_options
from vidsense.cli.progress import progress_bar

if TYPE_CHECKING:
    from vidsense.account.account import Answer
    from vidsense.batch.asking import FolderAnswer

PART = [
    click.option("--start", type=Time(), default="0", help="Begin here: seconds, mm:ss or hh:mm:ss."),
    click.option("--end", type=Time(), help="End here."),
]
Asking = Callable[[str, "list[tuple[str, str]]"], "Answer"]


@click.command()
@click.argument("video")
@click.argument("question", required=False)
@click.option("--questions", "file", type=click.File(encoding="utf-8"), help="Ask every line of this file.")
@click.option("--json", "as_json", is_flag=True, help="The answer as JSON, with its evidence.")
@with_options(*PART, *MODEL, ENCODER, SPEECH_MODEL, THREADS, CACHE)
@QUIET
@DEBUGGING
@click.pass_context
def ask(
    ctx: click.Context, /, video: str, question: str | None, *, file: Any, as_json: bool, quiet: bool, **chosen: Any
) -> None:
    """Answer QUESTION about VIDEO, from what is measured in it and what a model sees.

    For example: "when does it say alarm?", "which way does it go?", "does anyone speak?", "describe 0:10-0:20".

    VIDEO may be a folder or a pattern such as "*.mp4": then QUESTION may name a time, such as "last night", "yesterday
    between 22:00 and 23:30" or "on 2026-05-01", and the videos that were recorded then are asked.
    """
    from vidsense.batch.videos import is_pattern

    questions = [line.strip() for line in file if line.strip()] if file else []
    if (question is None) == (not questions):
        raise click.UsageError("write one question, or name a file of them with --questions.")
    asked = questions or [str(question)]
    if Path(video).is_dir() or is_pattern(video):
        show(ask_many(ctx, video, asked, quiet=quiet, **chosen), as_json=as_json, alone=question is not None)
        return
    with conversation(ctx, video, quiet=quiet, **chosen) as answer_to:
        show((answer_to(one, []) for one in asked), as_json=as_json, alone=question is not None)


def show(answers: "Iterable[Answer | FolderAnswer]", *, as_json: bool, alone: bool) -> None:
    """The answers on stdout, each as it comes; several as one list, or behind their questions."""
    if alone or not as_json:
        for answer in answers:
            told = answer.answer if alone else f"{answer.question}\n{answer.answer}\n"
            click.echo(answer.to_json() if as_json else told)
        return
    printed = 0
    try:
        for answer in answers:
            click.echo((",\n" if printed else "[\n") + answer.to_json(), nl=False)
            printed += 1
    finally:
        click.echo("\n]" if printed else "[]")


@click.command()
@click.argument("video")
@with_options(*PART, *MODEL, ENCODER, SPEECH_MODEL, THREADS, CACHE)
@QUIET
@DEBUGGING
@click.pass_context
def chat(ctx: click.Context, /, video: str, *, quiet: bool, **chosen: Any) -> None:
    """Talk about VIDEO: one question in a line, each answer knows what was said before. An empty line ends it."""
    history: list[tuple[str, str]] = []
    with conversation(ctx, video, quiet=quiet, **chosen) as answer_to:
        for question in lines_typed():
            answer = answer_to(question, history)
            history.append((question, answer.answer))
            click.echo(f"{answer.answer}\n")


def lines_typed() -> Iterator[str]:
    """What is typed, or piped in, until an empty line or the end."""
    typed = sys.stdin.isatty()
    while True:
        if typed:
            click.echo("> ", nl=False, err=True)
        line = sys.stdin.readline().strip()
        if not line:
            return
        yield line


@contextmanager
def conversation(ctx: click.Context, video: str, *, quiet: bool, **chosen: Any) -> Iterator[Asking]:
    """What answers questions about one video: it is measured once, and the model is loaded once."""
    import vidsense
    from vidsense.account.about import encoder_if_there
    from vidsense.account.observe import View, observe
    from vidsense.cli.choice import chosen_model
    from vidsense.language.load import opened
    from vidsense.language.nano import NanoModel
    from vidsense.source.container import shown

    choice = chosen_model(ctx, chosen)
    kept = {name: chosen.pop(name) for name in ("threads", "cache")}
    named = chosen.pop("encoder")
    view, name = View(**chosen), shown(video)
    with progress_bar(quiet=quiet) as bar, opened(choice.model, choice.options) as model:

        def report(stage: str, share: float) -> None:
            bar.report(name, stage, share)

        encoder = encoder_if_there(named or "auto") if model is not None else None
        observation = None if isinstance(model, NanoModel) else observe(video, view, on_progress=report, **kept)
        bar.clear()

        def answer_to(question: str, history: "list[tuple[str, str]]") -> "Answer":
            answer = vidsense.ask(
                video, question, **vars(view), model=model or "none", check=choice.check, observation=observation,
                history=history, encoder=encoder, on_progress=report, **kept
            )  # fmt: skip
            bar.clear()
            return answer

        yield answer_to


def ask_many(
    ctx: click.Context,
    place: str,
    questions: list[str],
    *,
    quiet: bool,
    start: float,
    end: float | None,
    encoder: str | None,
    **chosen: Any,
) -> "Iterator[FolderAnswer]":
    """An answer to each question from many videos."""
    import vidsense
    from vidsense.cli.choice import chosen_model

    if start or end is not None:
        raise click.UsageError("--start and --end are for one video; name a time in the question instead.")
    choice = chosen_model(ctx, chosen)
    for question in questions:
        with progress_bar(quiet=quiet) as bar:
            answer = vidsense.ask_folder(
                [place], question, model=choice.model, model_options=choice.options, check=choice.check,
                encoder=encoder or "auto", on_progress=bar.report, **chosen
            )  # fmt: skip
            bar.clear()
        yield answer
