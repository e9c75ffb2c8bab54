"""`vidsense demo`: a video that this program draws, and its account; and what a network makes of another one."""

from pathlib import Path
from tempfile import TemporaryDirectory

import click

from vidsense.cli.options import DEBUGGING, QUIET
from vidsense.cli.progress import Bar, progress_bar, say

CONTAINERS = (".mp4", ".mkv", ".mov")


@click.command()
@click.option("--keep", metavar="PATH", help="Keep the drawn video here (.mp4, .mkv or .mov).")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@QUIET
@DEBUGGING
def demo(keep: str | None, as_json: bool, quiet: bool) -> None:
    """Draw a short video and describe it; then draw another and look inside the network that answers.

    With --json only the account is printed.
    """
    import vidsense
    from vidsense.account.writers import WRITERS
    from vidsense.source.synthetic import demo_drawing, write_video

    kept = checked_place(keep)
    with TemporaryDirectory() as folder, progress_bar(quiet=quiet) as bar:
        path = kept or Path(folder, "demo.mp4")
        bar.report(path.name, "drawing", 0.0)
        write_video(demo_drawing(), path)
        description = vidsense.describe(
            path, model="none", on_progress=lambda stage, share: bar.report(path.name, stage, share)
        )
        inside = "" if as_json else looked_inside(Path(folder, "clip.mp4"), bar)
    click.echo(WRITERS["json" if as_json else "text"](description) + inside, nl=False)
    if not quiet:
        place = f"the drawn video is in {kept}" if kept else "--keep PATH keeps the drawn video"
        say(f"{place}; now try `vidsense describe` with a video of your own.")


def looked_inside(path: Path, bar: Bar) -> str:
    """The five steps on the pouring clip."""
    from vidsense.cli.lesson import POURING, lesson
    from vidsense.source.synthetic import write_video
    from vidsense.training.world.clip import WorldClip
    from vidsense.training.world.story import tell

    bar.report("a clip of the drawn world", "drawing", 0.0)
    write_video(WorldClip(tell(POURING, "train")).drawing(), path)
    bar.report("a clip of the drawn world", "looking", 0.5)
    return f"\n{lesson(path)}\n"


def checked_place(keep: str | None) -> Path | None:
    """Where the video is kept: a new file that a container can be written to."""
    if keep is None:
        return None
    path = Path(keep)
    if path.suffix.lower() not in CONTAINERS:
        raise click.UsageError(f"--keep {keep} must end in {', '.join(CONTAINERS)}.")
    if path.exists():
        raise click.UsageError(f"--keep {keep} is there already; name a new file.")
    if not path.parent.is_dir():
        raise click.UsageError(f"--keep {keep} needs a folder that is there.")
    return path
