"""`vidsense describe`: one account to read, or a row for each of many videos."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vidsense.cli.options import ACCOUNT, DEBUGGING, QUIET, with_options
from vidsense.cli.progress import Bar, progress_bar

if TYPE_CHECKING:
    from vidsense.account.observe import Cache
    from vidsense.cli.order import Order

FORMATS = ["text", "json", "jsonl", "md", "srt", "vtt"]


@click.command()
@click.argument("places", metavar="VIDEO...", nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@click.option("--format", "form", type=click.Choice(FORMATS), help="What to print.  [default: text, or as --out ends]")
@click.option(
    "--out", metavar="FILE", help="Write here. FILE.jsonl: a row for each video, resumed when it is run again."
)
@click.option("--save-frames", "pictures", metavar="FOLDER", help="Save the chosen frames as pictures in FOLDER.")
@click.option("--retry", is_flag=True, help="Do the videos again that failed before.")
@with_options(*ACCOUNT)
@QUIET
@DEBUGGING
def describe(places: tuple[str, ...], **chosen: Any) -> None:
    """Say what happens in each VIDEO.

    A VIDEO is a file, a folder, a pattern such as "*.mp4", or a URL. One file gives one account; several give a list
    (--json) or a line each (--format jsonl).
    """
    from vidsense.cli.many import describe_many

    order = read_order(places, **chosen)
    with progress_bar(quiet=order.quiet) as bar:
        if order.rows:
            describe_many(order, bar)
        else:
            describe_one(order, bar)


def read_order(
    places: tuple[str, ...],
    *,
    as_json: bool,
    form: str | None,
    out: str | None,
    pictures: str | None,
    retry: bool,
    threads: int,
    cache: "Cache | None",
    quiet: bool,
    **account: Any,
) -> "Order":
    """The command line as one checked value."""
    from vidsense.batch.rows import Options
    from vidsense.cli.order import Order, implied_format

    path = Path(out) if out else None
    return Order(
        places=places,
        options=Options(**account),
        format=implied_format("json" if as_json else form, path),
        out=path,
        pictures=Path(pictures) if pictures else None,
        retry=retry,
        threads=threads,
        cache=cache,
        quiet=quiet,
    )


def describe_one(order: "Order", bar: Bar) -> None:
    """One account on stdout, or in a file."""
    import vidsense
    from vidsense.account.writers import WRITERS
    from vidsense.cli.files import save_frames, write_text
    from vidsense.source.container import shown

    place = order.places[0]
    name = shown(place)
    description = vidsense.describe(
        place,
        **asdict(order.options),
        threads=order.threads,
        cache=order.cache,
        on_progress=lambda stage, share: bar.report(name, stage, share),
    )
    bar.clear()
    if order.pictures:
        save_frames(place, description, order.pictures)
    text = WRITERS[order.format](description)
    if order.out:
        write_text(order.out, text)
    else:
        click.echo(text, nl=False)
