"""`vidsense cache`: what is kept of videos measured before, and how to forget it."""

import json
from pathlib import Path

import click

from vidsense.cli.options import DEBUGGING, held


@click.command()
@click.option("--clear", is_flag=True, help="Remove all that is kept.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@DEBUGGING
@click.pass_context
def cache(ctx: click.Context, clear: bool, as_json: bool) -> None:
    """Show what is kept of videos measured before, or clear it.

    What was measured of a video (its shots, its facts, the words read on its screen) is kept, so that a second question
    takes no second look. The video itself is never copied.
    """
    from vidsense.catalog.cache import FileCache

    kept = FileCache(Path(str(held(ctx)["cache_folder"].value)))
    contents = kept.clear() if clear else kept.contents()
    if as_json:
        fields = {"folder": str(kept.folder), "videos": contents.videos, "bytes": contents.size_bytes, "cleared": clear}
        click.echo(json.dumps(fields, indent=1, ensure_ascii=False))
        return
    videos = f"{contents.videos} video{'' if contents.videos == 1 else 's'}"
    size = f"{contents.size_bytes / 1e6:.1f} MB"
    cleared = (
        f"Cleared: {videos}, {size}." if clear else f"Kept: {videos}, {size}. `vidsense cache --clear` forgets them."
    )
    click.echo(f"{kept.folder}\n{cleared if contents.videos or clear else 'Nothing is kept yet.'}")
