"""`vidsense describe`: one account to read, or a row for each of many videos."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vidsense.cli.options import ACCOUNT, DEBUGGING, LOOKING, MODEL, QUIET, with_options
from vidsense.cli.progress import Bar, progress_bar

if TYPE_CHECKING:
    from collections.abc import Callable

    from vidsense.account.account import Description, Event
    from vidsense.account.observe import Cache
    from vidsense.cli.choice import Choice
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
@click.option("--plan", is_flag=True, help="Try the model on one picture, say what all will cost, and stop.")
@with_options(*MODEL, *LOOKING, *ACCOUNT)
@QUIET
@DEBUGGING
@click.pass_context
def describe(ctx: click.Context, /, places: tuple[str, ...], **chosen: Any) -> None:
    """Say what happens in each VIDEO.

    A VIDEO is a file, a folder, a pattern such as "*.mp4", or a URL. One file gives one account; several give a list
    (--json) or a line each (--format jsonl).
    """
    from vidsense.facts.reading import prepare

    prepare()  # its models are loaded while all else is imported

    from vidsense.cli.choice import chosen_model
    from vidsense.cli.many import describe_many

    order = read_order(places, chosen_model(ctx, chosen), **chosen)
    with progress_bar(quiet=order.quiet) as bar:
        if order.plan:
            plan_one(order, bar)
        elif order.rows:
            describe_many(order, bar)
        else:
            describe_one(order, bar)


def read_order(
    places: tuple[str, ...],
    choice: "Choice",
    *,
    as_json: bool,
    form: str | None,
    out: str | None,
    pictures: str | None,
    retry: bool,
    plan: bool,
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
        options=Options(**account, model=choice.model, check=choice.check),
        model_options=choice.options,
        format=implied_format("json" if as_json else form, path),
        out=path,
        pictures=Path(pictures) if pictures else None,
        retry=retry,
        plan=plan,
        threads=threads,
        cache=cache,
        quiet=quiet,
    )


def describe_one(order: "Order", bar: Bar) -> None:
    """One account on stdout, or in a file. What was seen before a model was lost, or before Ctrl-C, is written too."""
    import vidsense
    from vidsense.account.writers import event_row, summary_row
    from vidsense.source.container import shown

    place = order.places[0]
    name = shown(place)
    streams = order.format == "jsonl" and order.out is None

    def show(event: "Event") -> None:
        bar.clear()
        click.echo(event_row(event))

    try:
        description = vidsense.describe(
            place,
            **asdict(order.options),
            model_options=order.model_options,
            threads=order.threads,
            cache=order.cache,
            on_event=show if streams else None,
            on_progress=lambda stage, share: bar.report(name, stage, share),
        )
    except BaseException as error:
        partial = getattr(error, "partial", None)
        if partial is not None:
            bar.clear()
            write_one(order, partial, summary_row if streams else None)
        raise
    bar.clear()
    write_one(order, description, summary_row if streams else None)


def write_one(order: "Order", description: "Description", row: "Callable[[Description], str] | None") -> None:
    """One account where it is wanted; `row`: what is left of it to print when its events were printed already."""
    from vidsense.account.writers import WRITERS
    from vidsense.cli.files import save_frames, write_text

    if order.pictures:
        save_frames(order.places[0], description, order.pictures)
    text = row(description) + "\n" if row else WRITERS[order.format](description)
    if order.out:
        write_text(order.out, text)
    else:
        click.echo(text, nl=False)


def plan_one(order: "Order", bar: Bar) -> None:
    """What a model will cost."""
    import vidsense

    if order.rows:
        raise click.UsageError("--plan takes one video.")
    account = {
        name: value for name, value in asdict(order.options).items() if name not in ("about", "labels", "encoder")
    }
    plan = vidsense.plan(
        order.places[0],
        **account,
        model_options=order.model_options,
        threads=order.threads,
        cache=order.cache,
        on_progress=lambda stage, share: bar.report(order.places[0], stage, share),
    )
    bar.clear()
    click.echo(plan.to_json() if order.format == "json" else plan.to_text())
