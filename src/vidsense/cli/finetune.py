"""`vidsense finetune`: teach a trained model something new from labelled clips."""

from pathlib import Path
from typing import Any

import click

from vidsense.cli.options import DEBUGGING, QUIET
from vidsense.cli.progress import say
from vidsense.errors import MissingExtraError

INSTALL = 'pip install "vid-sense[train]"'
PATH = click.Path(path_type=Path)
NUMBER = click.IntRange(min=1)


@click.command()
@click.argument("base")
@click.option("--data", metavar="PATH", type=PATH, required=True, help="What to learn: a folder, or a JSONL file.")
@click.option(
    "--out", "-o", metavar="FOLDER", type=PATH, required=True, help="For the adapter, the report, checkpoints."
)
@click.option("--test", metavar="PATH", type=PATH, help="Other clips like --data, never learnt, to measure on.")
@click.option("--old", metavar="PATH", type=PATH, help="Questions that an hf/ model could answer before.")
@click.option("--rank", type=NUMBER, default=4, show_default=True, help="Of the two small matrices.")
@click.option("--steps", type=NUMBER, default=100, show_default=True, help="At most; it ends when nothing is gained.")
@click.option("--learning-rate", type=click.FloatRange(min=0, min_open=True), help="[default: 0.003; hf/ 0.0003]")
@click.option("--batch", type=NUMBER, help="New clips in a step; questions for hf/.  [default: 8; hf/ 4]")
@click.option("--measure-every", metavar="STEPS", type=NUMBER, default=20, show_default=True)
@click.option("--patience", type=NUMBER, default=2, show_default=True, help="So many measures without gain end it.")
@click.option(
    "--held-out",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=0.2,
    show_default=True,
    help="Share of the clips that is not learnt.",
)
@click.option(
    "--replay",
    metavar="N",
    type=click.IntRange(min=0),
    default=1000,
    show_default=True,
    help="nano: ask again of N drawn clips.",
)
@click.option(
    "--old-clips",
    metavar="N",
    type=click.IntRange(min=0),
    default=200,
    show_default=True,
    help="nano: measure on N drawn clips what was forgotten.",
)
@click.option("--frames", type=NUMBER, default=8, show_default=True, help="Of each clip, for an hf/ model.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Which clips are held out.")
@click.option("--merge", is_flag=True, help="Write the model with the adapter in its weights, too: OUT/merged.")
@click.option("--compare-full", is_flag=True, help="nano: learn every weight, too, and compare.")
@click.option("--device", default="auto", show_default=True, help="For an hf/ model: auto, cpu, cuda or mps.")
@click.option("--threads", type=NUMBER, default=1, show_default=True, help="Processor threads.")
@QUIET
@DEBUGGING
def finetune(*, quiet: bool, **given: Any) -> None:
    """Teach BASE something new with two small matrices beside each of its own (LoRA); its weights stay as they are.

    BASE is nano, nano/FOLDER as `vidsense train export` writes it, or hf/NAME. Data: lines of JSON with video,
    question, answer and, if wanted, accepted, start, end; or a folder of videos for each action. Ctrl-C keeps what was
    learnt; the same command goes on.
    """
    try:
        from vidsense.training.finetune.tune import Wanted, tune
    except ImportError as error:
        raise MissingExtraError(f"finetune needs {error.name}, which is not installed: {INSTALL}") from error
    from vidsense.training.finetune.options import TuneOptions

    hub = given["base"].startswith("hf/")
    usual = {"learning_rate": 3e-4, "batch": 4} if hub else {"learning_rate": 3e-3, "batch": 8}
    chosen = {name: given.pop(name) for name in TuneOptions.__dataclass_fields__ if name in given}
    chosen |= {name: value for name, value in usual.items() if chosen[name] is None}
    wanted = Wanted(**given)
    report = tune(wanted, TuneOptions(**chosen), say=(lambda _: None) if quiet else say)
    if report is None:
        say(f"not done yet; the same command goes on. What it learnt so far is in {wanted.out}.")
        return
    click.echo(report.text())
    if not quiet:
        say(f"the adapter and report.json are in {wanted.out}.")
