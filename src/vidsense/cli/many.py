"""In: an `Order` for many videos. Out: a row for each, printed or in the results file, as soon as it is done."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import click

from vidsense.account.writers import WRITERS
from vidsense.batch.rows import Row, describe_each
from vidsense.batch.videos import find_videos
from vidsense.cli.files import save_frames
from vidsense.cli.order import Order
from vidsense.cli.progress import Bar, say
from vidsense.errors import VidSenseError
from vidsense.results import ResultsFile


def describe_many(order: Order, bar: Bar) -> None:
    """Describe all, whatever is wrong with some; raises at the end when some failed."""
    videos = find_videos(order.places)
    counts: Counter[str] = Counter()
    results_file = ResultsFile(order.out) if order.out else nullcontext()
    with results_file as results, row_printer("none" if order.out else order.format) as show:
        outcomes = describe_each(
            videos,
            order.options,
            results=results,
            retry=order.retry,
            model_options=order.model_options,
            threads=order.threads,
            cache=order.cache,
            on_progress=bar.report,
        )
        for number, outcome in enumerate(outcomes, start=1):
            bar.clear()
            counts[outcome.state] += 1
            if not order.quiet or outcome.state == "failed":
                say(f"[{number}/{len(videos)}] {outcome.sentence()}")
            if outcome.row:
                show(outcome.row)
                if order.pictures and outcome.row.description:
                    save_frames(outcome.video, outcome.row.description, order.pictures / outcome.row.key[:12])
    tell_end(counts, order.out, quiet=order.quiet)


def tell_end(counts: Counter[str], out: Path | None, *, quiet: bool) -> None:
    """What became of all, on stderr; raises when some failed."""
    summary = ", ".join(f"{count} {state}" for state, count in counts.items())
    where = f"; the rows are in {out}" if out else ""
    failed = counts["failed"] + counts["failed before"]
    if failed:
        again = " Run it with --retry to do the failed ones again." if out else ""
        raise VidSenseError(f"{failed} of {counts.total()} videos failed ({summary}{where}).{again}")
    if not quiet:
        say(f"{summary}{where}.")


@contextmanager
def row_printer(form: str) -> Iterator[Callable[[Row], None]]:
    """What prints one row after the other: together they are valid, however soon it ends."""
    printed = 0

    def show(row: Row) -> None:
        nonlocal printed
        if form == "json":
            click.echo((",\n" if printed else "[\n") + row.to_json(), nl=False)
        elif form == "jsonl":
            click.echo(row.to_json())
        elif row.description and form != "none":
            title = f"{row.path}\n\n" if form == "text" else ""
            click.echo(("\n" if printed else "") + title + WRITERS[form](row.description), nl=False)
        printed += 1

    try:
        yield show
    finally:
        if form == "json":
            click.echo("\n]" if printed else "[]")
