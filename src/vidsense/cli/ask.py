"""`vidsense ask`: one answer, with the moments it rests on."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from vidsense.cli.options import CACHE, DEBUGGING, QUIET, SPEECH_MODEL, THREADS, Time, with_options
from vidsense.cli.progress import progress_bar

if TYPE_CHECKING:
    from vidsense.account.observe import Cache


@click.command()
@click.argument("video")
@click.argument("question")
@click.option("--json", "as_json", is_flag=True, help="The answer as JSON, with its evidence.")
@click.option("--start", type=Time(), default="0", help="Begin here: seconds, mm:ss or hh:mm:ss.")
@click.option("--end", type=Time(), help="End here.")
@with_options(SPEECH_MODEL, THREADS, CACHE)
@QUIET
@DEBUGGING
def ask(
    video: str,
    question: str,
    *,
    as_json: bool,
    start: float,
    end: float | None,
    speech_model: str | None,
    threads: int,
    cache: "Cache | None",
    quiet: bool,
) -> None:
    """Answer QUESTION about VIDEO, from what is measured in it.

    For example: "when does it say alarm?", "which way does it go?", "does anyone speak?", "describe 0:10-0:20".

    VIDEO may be a folder or a pattern such as "*.mp4": then QUESTION may name a time, such as "last night", "yesterday
    between 22:00 and 23:30" or "on 2026-05-01", and the videos that were recorded then are asked.
    """
    import vidsense
    from vidsense.batch.videos import is_pattern
    from vidsense.source.container import shown

    if Path(video).is_dir() or is_pattern(video):
        if start or end is not None:
            raise click.UsageError("--start and --end are for one video; name a time in the question instead.")
        with progress_bar(quiet=quiet) as bar:
            answers = vidsense.ask_folder(
                [video], question, speech_model=speech_model, threads=threads, cache=cache, on_progress=bar.report
            )
            bar.clear()
        click.echo(answers.to_json() if as_json else answers.answer)
        return
    name = shown(video)
    with progress_bar(quiet=quiet) as bar:
        answer = vidsense.ask(
            video,
            question,
            start=start,
            end=end,
            speech_model=speech_model,
            threads=threads,
            cache=cache,
            on_progress=lambda stage, share: bar.report(name, stage, share),
        )
        bar.clear()
    click.echo(answer.to_json() if as_json else answer.answer)
