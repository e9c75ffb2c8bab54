"""`vidsense world`: videos of the drawn world, each with exact labels."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vidsense.cli.files import write_text
from vidsense.cli.options import DEBUGGING
from vidsense.errors import OutputError

if TYPE_CHECKING:
    from vidsense.training.world.clip import WorldClip

SPLITS = ("train", "looks", "backgrounds", "combinations", "longer")
CONTAINERS = (".mp4", ".mkv", ".mov")
LABELS, QUESTIONS = "labels.jsonl", "questions.jsonl"
LESSONS = ("jumps",)


@click.command()
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Which clip; the first of many.")
@click.option("--split", type=click.Choice(SPLITS), default="train", show_default=True, help="What is new in it.")
@click.option("--lesson", type=click.Choice(LESSONS), help="Draw something that no split shows, to be taught.")
@click.option("--out", "-o", metavar="PATH", required=True, help="The video, or with --count a folder.")
@click.option("--count", type=click.IntRange(min=1), help="Draw so many, from --seed on, into the folder --out.")
@click.option(
    "--reversed", "orders", flag_value="reversed", multiple=True, help="Show it backwards, and tell what is then seen."
)
@click.option("--shuffled", "orders", flag_value="shuffled", multiple=True, help="Show its frames in another order.")
@DEBUGGING
def world(*, seed: int, split: str, lesson: str | None, out: str, count: int | None, orders: tuple[str, ...]) -> None:
    """Draw a short video of a small drawn world and print its labels as JSON.

    The same seed and split always give the same video. Splits: train; looks, backgrounds and combinations
    (thing × action × colour) that train never has; longer, with more events than train. A lesson has the first three.
    With --count, questions.jsonl in the folder asks everything of every clip, as `vidsense finetune --data` reads it.
    """
    if len(set(orders)) > 1:
        raise click.UsageError("--reversed and --shuffled are two different copies; ask for one of them.")
    order = orders[0] if orders else "forward"
    if count is None:
        click.echo(drawn(chosen(seed, split, lesson, order), checked_file(out)))
        return
    folder = made_folder(out)
    lines, rows = [], []
    for each in range(seed, seed + count):
        clip, name = chosen(each, split, lesson, order), f"{lesson + '-' if lesson else ''}{split}-{each:06d}.mp4"
        lines.append(drawn(clip, folder / name))
        click.echo(lines[-1])
        rows += [json.dumps({"video": name, **asdict(q)}, ensure_ascii=False) for q in clip.questions]
    write_text(folder / LABELS, "".join(f"{line}\n" for line in lines))
    write_text(folder / QUESTIONS, "".join(f"{row}\n" for row in rows))


def chosen(seed: int, split: str, lesson: str | None, order: str) -> "WorldClip":
    """The clip of a seed, of a split or of a lesson."""
    from vidsense.training.world.clip import ORDERS, WorldClip
    from vidsense.training.world.lesson import tell_lesson
    from vidsense.training.world.story import tell

    return WorldClip(tell_lesson(lesson, seed, split) if lesson else tell(seed, split), ORDERS[order])


def drawn(clip: "WorldClip", path: Path) -> str:
    """Write one video; its labels as a line of JSON."""
    from vidsense.source.synthetic import write_video

    try:
        write_video(clip.drawing(), path)
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror}. Name another place for --out.") from error
    return json.dumps(clip.labels(), ensure_ascii=False)


def checked_file(out: str) -> Path:
    """A file that a container can be written to."""
    path = Path(out)
    if path.suffix.lower() not in CONTAINERS:
        raise click.UsageError(f"--out {out} must end in {', '.join(CONTAINERS)}; with --count it is a folder.")
    if not path.parent.is_dir():
        raise click.UsageError(f"--out {out} needs a folder that is there.")
    return path


def made_folder(out: str) -> Path:
    """The folder, made if it is not there."""
    try:
        Path(out).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"cannot make the folder {out}: {error.strerror}. Name another place for --out.") from error
    return Path(out)
