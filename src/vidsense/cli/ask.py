"""`vidsense ask`: one answer, with the moments it rests on."""

from typing import TYPE_CHECKING

import click

from vidsense.cli.options import CACHE, DEBUGGING, QUIET, THREADS, Time, with_options
from vidsense.cli.progress import progress_bar

if TYPE_CHECKING:
    from vidsense.account.observe import Cache


@click.command()
@click.argument("video")
@click.argument("question")
@click.option("--json", "as_json", is_flag=True, help="The answer as JSON, with its evidence.")
@click.option("--start", type=Time(), default="0", help="Begin here: seconds, mm:ss or hh:mm:ss.")
@click.option("--end", type=Time(), help="End here.")
@with_options(THREADS, CACHE)
@QUIET
@DEBUGGING
def ask(
    video: str,
    question: str,
    *,
    as_json: bool,
    start: float,
    end: float | None,
    threads: int,
    cache: "Cache | None",
    quiet: bool,
) -> None:
    """Answer QUESTION about VIDEO, from what is measured in it.

    For example: "when does it say alarm?", "which way does it go?", "does anyone speak?", "describe 0:10-0:20".
    """
    import vidsense
    from vidsense.source.container import shown

    name = shown(video)
    with progress_bar(quiet=quiet) as bar:
        answer = vidsense.ask(
            video,
            question,
            start=start,
            end=end,
            threads=threads,
            cache=cache,
            on_progress=lambda stage, share: bar.report(name, stage, share),
        )
        bar.clear()
    click.echo(answer.to_json() if as_json else answer.answer)
