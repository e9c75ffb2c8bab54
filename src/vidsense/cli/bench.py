"""`vidsense bench`: how well a model answers questions about videos, beside what it reaches without seeing them."""

import json
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vidsense.cli.options import AT_LEAST_1, DEBUGGING, QUIET, RUNNING, with_options
from vidsense.cli.progress import progress_bar, say
from vidsense.errors import ModelError, VidSenseError

if TYPE_CHECKING:
    from vidsense.bench.item import Item
    from vidsense.bench.result import Result
    from vidsense.bench.run import Asking
    from vidsense.cli.choice import Choice
    from vidsense.language.model import LanguageModel

    Share = Callable[[Result], float]

SPLITS = ("looks", "backgrounds", "combinations", "longer", "train")
FORMATS = ("jsonl", "video-mme", "mvbench")
CONTROLS = ("blind", "middle", "shuffled")
WHAT = [
    click.argument("questions", required=False),
    click.option(
        "--format", "form", type=click.Choice(FORMATS), help="What the file is.  [default: what it looks like]"
    ),
    click.option("--videos", metavar="FOLDER", help="Where the videos are.  [default: beside the file]"),
    click.option("--limit", metavar="N", type=AT_LEAST_1, help="Ask the first N questions."),
    click.option("--ability", "abilities", multiple=True, help="Only this ability; may be given several times."),
    click.option("--world", "split", type=click.Choice(SPLITS), help="Ask about clips of the drawn world instead."),
    click.option("--clips", metavar="N", type=AT_LEAST_1, default=100, show_default=True, help="With --world."),
    click.option("--one-a-clip", is_flag=True, help="With --world: one question of each ability about each clip."),
    click.option("--reversed", "backwards", is_flag=True, help="With --world: tell clips from their reversed copies."),
    click.option("--files", metavar="FOLDER", help="With --world: write the clips there as video files first."),
]
"""What is asked."""
HOW = [
    click.option("--model", metavar="NAME", default="auto", show_default=True, help="Who answers, as `ask` takes it."),
    click.option("--frames", "n_frames", metavar="N", type=AT_LEAST_1, default=16, show_default=True, help="How many."),
    click.option(
        "--sampling", "way", type=click.Choice(["uniform", "adaptive"]), default="uniform", show_default=True,
        help="Spread evenly, or where something changes.",
    ),
    click.option("--control", "controls", type=click.Choice(CONTROLS), multiple=True, help="Only these controls."),
    click.option("--no-controls", is_flag=True, help="Ask with the video alone."),
    click.option("--max-tokens", metavar="N", type=AT_LEAST_1, default=128, show_default=True, help="Of one answer."),
    *RUNNING,
]  # fmt: skip
"""How it is asked."""


@click.command()
@with_options(*WHAT, *HOW)
@click.option("--out", "-o", metavar="FILE", help="Keep every answer here as JSON Lines; run it again to go on.")
@click.option("--retry", is_flag=True, help="Ask again what failed before.")
@click.option("--json", "as_json", is_flag=True, help="The summary as JSON.")
@QUIET
@DEBUGGING
@click.pass_context
def bench(ctx: click.Context, /, *, out: str | None, retry: bool, as_json: bool, quiet: bool, **chosen: Any) -> None:
    """Measure a model on the video questions in the file QUESTIONS, or on clips of the drawn world.

    Each question is asked with the video, blind (no frames), with the middle frame alone and with the frames shuffled,
    so that a score that needs no video is seen for what it is. A row of QUESTIONS: {"video": "yard.mp4", "question":
    "What comes in?", "answer": "a dog"}; also "accepted", "choices", "start", "end", "ability", "pair". The questions
    of Video-MME and MVBench are read as they are published.
    """
    from vidsense.bench.result import BEGINS, kept_results
    from vidsense.bench.run import ask_each
    from vidsense.language.load import opened
    from vidsense.results import ResultsFile

    check_use(chosen)
    choice = answering(ctx, chosen)
    place = Path(out) if out else None
    results: list[Result] = []
    with ExitStack() as held:
        rows = held.enter_context(ResultsFile(place, begins=BEGINS)) if place else None
        kept = kept_results(place) if place else {}
        bar = held.enter_context(progress_bar(quiet=quiet))
        model = held.enter_context(opened(choice.model, choice.options))
        if model is None:
            raise ModelError("a bench measures a model: name one with --model, or start an Ollama that has one.")
        asking = asking_of(chosen, choice, model)
        items, share = questions_of(chosen, asking)
        try:
            for result in ask_each(items, model, asking, kept=kept, retry=retry, keep=rows.append if rows else None):
                results.append(result)
                bar.report(result.video, result.control, share(result))
        finally:
            bar.clear()
            show(results, subject(chosen, asking), as_json=as_json)
    tell_end(results, out, quiet=quiet)


def check_use(chosen: dict[str, Any]) -> None:
    """Refuse what does not go together."""
    if (chosen["questions"] is None) == (chosen["split"] is None):
        raise click.UsageError("name one file of questions, or clips of the drawn world with --world.")
    of_world = {"--one-a-clip": chosen["one_a_clip"], "--reversed": chosen["backwards"], "--files": chosen["files"]}
    of_file = {"--format": chosen["form"], "--videos": chosen["videos"], "--limit": chosen["limit"]}
    for name, value in (of_file if chosen["split"] else of_world).items():
        if value:
            raise click.UsageError(f"{name} is for {'a file of questions' if chosen['split'] else '--world'}.")
    if chosen["no_controls"] and chosen["controls"]:
        raise click.UsageError("--no-controls and --control contradict each other.")


def answering(ctx: click.Context, chosen: dict[str, Any]) -> "Choice":
    """Who answers; takes the options of that out of `chosen`."""
    from vidsense.cli.choice import FLAGS, chosen_model

    said = {name: chosen.pop(name) for name in (*FLAGS, "model")}
    return chosen_model(ctx, {**said, "check": "off"})


def asking_of(chosen: dict[str, Any], choice: "Choice", model: "LanguageModel") -> "Asking":
    """How every question is asked."""
    from vidsense.bench.run import Asking
    from vidsense.bench.showing import CONTROLS as ALL
    from vidsense.bench.showing import Looking
    from vidsense.language.nano import NanoModel

    size = choice.options.picture_size or model.limits.picture_size
    reads_clips = isinstance(model, NanoModel)  # it was trained on so many frames of a clip
    wanted = () if chosen["no_controls"] else chosen["controls"] or CONTROLS
    return Asking(
        looking=Looking(chosen["n_frames"], chosen["way"], size, "everywhere" if reads_clips else "once"),
        controls=tuple(control for control in ALL if control == "video" or control in wanted),
        max_tokens=chosen["max_tokens"],
    )


def questions_of(chosen: dict[str, Any], asking: "Asking") -> "tuple[Iterable[Item], Share]":
    """The questions, and how far the work is after each result."""
    if chosen["split"]:
        return drawn_questions(chosen, asking)
    from vidsense.bench.formats import read_questions

    videos = Path(chosen["videos"]) if chosen["videos"] else None
    items = read_questions(Path(chosen["questions"]), chosen["form"], videos)
    there = sorted({item.ability for item in items})
    if unknown := set(chosen["abilities"]) - set(there):
        raise click.UsageError(f"there is no ability {sorted(unknown)[0]} in the file; there are {', '.join(there)}.")
    items = [item for item in items if not chosen["abilities"] or item.ability in chosen["abilities"]]
    items = items[: chosen["limit"]]
    done = count(1)
    return items, lambda _: next(done) / (len(items) * len(asking.controls))


def drawn_questions(chosen: dict[str, Any], asking: "Asking") -> "tuple[Iterable[Item], Share]":
    """Questions about clips of the drawn world."""
    from vidsense.cli.drawn_questions import Drawn
    from vidsense.training.world.questions import ABILITIES

    if unknown := set(chosen["abilities"]) - set(ABILITIES):
        raise click.UsageError(f"there is no ability {sorted(unknown)[0]}; there are {', '.join(ABILITIES)}.")
    drawn = Drawn(
        split=chosen["split"], clips=chosen["clips"], abilities=chosen["abilities"], one_a_clip=chosen["one_a_clip"],
        backwards=chosen["backwards"], long_side=asking.looking.long_side,
        folder=Path(chosen["files"]) if chosen["files"] else None,
    )  # fmt: skip
    met: set[str] = set()

    def share(result: "Result") -> float:
        met.add(result.group)
        return (len(met) - 1) / drawn.clips

    return drawn.items(), share


def subject(chosen: dict[str, Any], asking: "Asking") -> dict[str, Any]:
    """What was asked, and how, as the summary names it."""
    source = f"world {chosen['split']}" if chosen["split"] else str(chosen["questions"])
    looking = asking.looking
    return {
        "questions": f"{source} reversed" if chosen["backwards"] else source,
        "frames": looking.frames,
        "sampling": looking.sampling,
        "picture_size": looking.long_side,
        "middle": looking.middle,
        "max_tokens": asking.max_tokens,
    }


def show(results: "list[Result]", subject: dict[str, Any], *, as_json: bool) -> None:
    """The summary of what was answered, also when it is not all."""
    from vidsense.bench.summary import summarised
    from vidsense.bench.telling import told

    if not results:
        return
    summary = summarised(results)
    if as_json:
        click.echo(json.dumps({**subject, **summary.to_dict()}, indent=1, ensure_ascii=False))
    else:
        click.echo(f"{subject['questions']}, {subject['frames']} frames ({subject['sampling']})\n{told(summary)}")


def tell_end(results: "list[Result]", out: str | None, *, quiet: bool) -> None:
    """Where the answers are; raises where some are missing."""
    missing = sum(bool(result.error) for result in results)
    if missing:
        again = " Run it again with --retry to ask them once more." if out else ""
        raise VidSenseError(f"{missing} of {len(results)} prompts have no answer.{again}")
    if out and not quiet:
        say(f"{len(results)} answers are in {out}.")
