"""`vidsense explain`: a page that shows how a network sees one video."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vidsense.cli.options import CACHE, DEBUGGING, ENCODER, MODEL, PART, QUIET, THREADS, Labels, with_options
from vidsense.cli.progress import progress_bar, say
from vidsense.errors import ModelError

if TYPE_CHECKING:
    from vidsense.report.material import Wishes
    from vidsense.vision.encoder import VisionEncoder

PAGES = {".html", ".htm"}


@click.command()
@click.argument("video")
@click.option("-o", "--out", metavar="HTML", required=True, help="Write the page here.")
@ENCODER
@click.option("--question", metavar="TEXT", help="What you want to know; it is split into tokens, and answered.")
@click.option(
    "--words",
    metavar="WORDS",
    type=Labels(),
    default="",
    help='Words to compare with the frames: "cat, dog, airplane", or a file of them.',
)
@with_options(*MODEL, *PART, THREADS, CACHE)
@QUIET
@DEBUGGING
@click.pass_context
def explain(ctx: click.Context, /, video: str, out: str, encoder: str | None, **chosen: Any) -> None:
    """Write a page that shows how a network sees VIDEO.

    Frames, tokens, embeddings, attention and words in one file that needs no network: to read, to print, to present.
    """
    from vidsense.cli.files import write_text
    from vidsense.report.material import gathered
    from vidsense.report.page import page_of
    from vidsense.source.container import shown
    from vidsense.vision.encoder import NANO
    from vidsense.vision.load import load_encoder

    path = page_path(out)
    quiet, cache, name = chosen.pop("quiet"), chosen.pop("cache"), shown(video)
    wishes = wishes_of(ctx, chosen)
    looks, missing = encoder_or_why(encoder, wishes.threads)
    if looks is None:  # nano is in the package: of a drawn video it can tell
        looks = load_encoder(NANO, threads=wishes.threads)
    with progress_bar(quiet=quiet) as bar:
        material = gathered(
            video,
            looks,
            wishes,
            missing=missing,
            cache=cache,
            on_progress=lambda stage, share: bar.report(name, stage, share),
        )
        page = page_of(material)
    write_text(path, page)
    if not quiet:
        say(f"{path} is written ({len(page.encode()) / 1e6:.1f} MB); open it in a browser.")
        if material.missing:
            say(f"tokens are counted only, embeddings and attention are left out: {material.missing}")


def page_path(out: str) -> Path:
    """Where the page goes."""
    path = Path(out)
    if path.suffix.lower() not in PAGES:
        raise click.UsageError(f"--out {out} must end in .html.")
    return path


def wishes_of(ctx: click.Context, chosen: dict[str, Any]) -> "Wishes":
    """What the command line asks for."""
    from vidsense.cli.choice import chosen_model
    from vidsense.report.material import WORDS, Wishes

    choice = chosen_model(ctx, chosen)
    words = chosen.pop("words")
    return Wishes(model=choice.model, model_options=choice.options, words=words or WORDS, **chosen)


def encoder_or_why(name: str | None, threads: int) -> tuple["VisionEncoder | None", str | None]:
    """The encoder; where nobody named one and the usual one is not there, why. Raises `ModelError` for a named one."""
    from vidsense.vision.load import DEFAULT, load_encoder

    try:
        return load_encoder(name or DEFAULT, threads=threads), None
    except ModelError as error:
        if name is not None:
            raise
        return None, str(error)
