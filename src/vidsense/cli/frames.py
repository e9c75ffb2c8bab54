"""`vidsense frames`: the frames worth looking at, each with its reason."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vidsense.cli.options import ACCOUNT, DEBUGGING, QUIET, with_options
from vidsense.cli.progress import progress_bar

if TYPE_CHECKING:
    from vidsense.account.account import Description
    from vidsense.account.observe import Cache


@click.command()
@click.argument("video")
@click.option("--sheet", metavar="PNG", help="Write one picture (.png, .jpg) that shows them all.")
@click.option("--save-frames", "folder", metavar="FOLDER", help="Save each as a picture in this folder.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@with_options(*ACCOUNT)
@QUIET
@DEBUGGING
def frames(
    video: str,
    *,
    sheet: str | None,
    folder: str | None,
    as_json: bool,
    threads: int,
    cache: "Cache | None",
    quiet: bool,
    **account: Any,
) -> None:
    """List the frames worth looking at.

    Each comes with its time, its shot and the reason why it was chosen.
    """
    import vidsense
    from vidsense.batch.rows import Options
    from vidsense.cli.files import save_frames, save_sheet
    from vidsense.source.container import shown

    name, options = shown(video), Options(**account)
    with progress_bar(quiet=quiet) as bar:
        description = vidsense.describe(
            video,
            **asdict(options),
            threads=threads,
            cache=cache,
            on_progress=lambda stage, share: bar.report(name, stage, share),
        )
    if sheet:
        save_sheet(video, description, Path(sheet))
    if folder:
        save_frames(video, description, Path(folder))
    click.echo(frames_json(description) if as_json else frames_text(description))


def frames_json(description: "Description") -> str:
    """The chosen frames as one JSON object."""
    kept = {"video", "duration_s", "width", "height", "budget", "frames"}
    fields = description.model_dump(mode="json", include=kept)
    fields["frames"] = [frame for frame in fields["frames"] if frame["chosen"]]
    return json.dumps(fields, indent=1, ensure_ascii=False)


def frames_text(description: "Description") -> str:
    """A line for each chosen frame."""
    from vidsense.account.writers import clock

    chosen = [frame for frame in description.frames if frame.chosen]
    return "\n".join(f"{clock(frame.t):>10}  {frame.id}  {frame.shot}  {frame.reason}" for frame in chosen)
