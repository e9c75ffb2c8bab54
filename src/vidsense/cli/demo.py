"""`vidsense demo`: a video that this program draws, and its account."""

from pathlib import Path
from tempfile import TemporaryDirectory

import click

from vidsense.cli.options import DEBUGGING, QUIET
from vidsense.cli.progress import progress_bar, say


@click.command()
@click.option("--keep", metavar="PATH", help="Keep the drawn video here (.mp4, .mkv …).")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@QUIET
@DEBUGGING
def demo(keep: str | None, as_json: bool, quiet: bool) -> None:
    """Draw a short video and describe it."""
    import vidsense
    from vidsense.account.writers import WRITERS
    from vidsense.source.synthetic import demo_drawing, write_video

    with TemporaryDirectory() as folder, progress_bar(quiet=quiet) as bar:
        path = Path(keep) if keep else Path(folder, "demo.mp4")
        bar.report(path.name, "drawing", 0.0)
        write_video(demo_drawing(), path)
        description = vidsense.describe(path, on_progress=lambda stage, share: bar.report(path.name, stage, share))
    click.echo(WRITERS["json" if as_json else "text"](description), nl=False)
    if not quiet:
        kept = f"the drawn video is in {keep}" if keep else "--keep PATH keeps the drawn video"
        say(f"{kept}; now try `vidsense describe` with a video of your own.")
