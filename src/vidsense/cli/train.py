"""`vidsense train`: make nano's weights from videos that this program draws, examine them, write them for use."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vidsense.cli.options import DEBUGGING, QUIET
from vidsense.cli.progress import say
from vidsense.cli.train_joined import INSTALL, join, joined, parts
from vidsense.errors import MissingExtraError

if TYPE_CHECKING:
    from vidsense.training.train import Workshop
    from vidsense.training.world.clip import Order

SPLITS = ("looks", "backgrounds", "combinations", "longer", "train")
RUN = click.option("--run", metavar="FOLDER", required=True, help="The folder of `vidsense train nano --out`.")
CONFIG = click.option("--config", metavar="FILE", help="Another config than the package's own nano.toml.")
DEVICE = click.option("--device", default="auto", show_default=True, help="auto, cpu or cuda: what it computes on.")
THREADS = click.option("--threads", type=click.IntRange(min=1), default=1, show_default=True, help="Processor threads.")


@click.group()
def train() -> None:
    """Train models of our own."""


train.add_command(joined)


@train.command()
@click.option("--out", "-o", metavar="FOLDER", required=True, help="For checkpoints, log and clips.")
@CONFIG
@click.option("--stage", "stages", multiple=True, help="Only this stage; may be given several times.")
@click.option("--seconds", type=click.FloatRange(min=0), help="End a stage after so long; the same command goes on.")
@DEVICE
@THREADS
@parts
@QUIET
@DEBUGGING
def nano(
    *, out: str, config: str | None, stages: tuple[str, ...], seconds: float | None, device: str, threads: int,
    quiet: bool, **told: Any,
) -> None:  # fmt: skip
    """Train nano from scratch, stage by stage; Ctrl-C keeps what was learnt.

    With --encoder, --llm and --data its road with real parts, as `vidsense train joined`.
    """
    if any(told.values()):
        join({**told, "out": out}, seconds=seconds, device=device, threads=threads, quiet=quiet)
        return
    shop = workshop(out, config)
    from vidsense.training.train import STAGES, train_nano

    if unknown := set(stages) - set(STAGES):
        raise click.UsageError(f"there is no stage {sorted(unknown)[0]}; there are {', '.join(STAGES)}.")
    done = train_nano(
        shop.config, shop.folder, stages=stages or STAGES, seconds=seconds, threads=threads, device=device,
        say=(lambda _: None) if quiet else say,
    )  # fmt: skip
    if not quiet:
        say("done." if done else f"not done yet; the same command goes on: vidsense train nano --out {out}")


@train.command()
@RUN
@CONFIG
@click.option("--split", type=click.Choice(SPLITS), default="looks", show_default=True, help="Of the drawn world.")
@click.option("--clips", type=click.IntRange(min=1), default=1000, show_default=True, help="How many clips.")
@click.option("--reversed", "backwards", is_flag=True, help="Show the clips backwards, and ask what is then seen.")
@click.option("--ability", "abilities", multiple=True, help="Only this ability; may be given several times.")
@click.option("--no-controls", is_flag=True, help="Leave out blind, middle frame and shuffled.")
@THREADS
@DEBUGGING
def examine(
    *, run: str, config: str | None, split: str, clips: int, backwards: bool, abilities: tuple[str, ...],
    no_controls: bool, threads: int,
) -> None:  # fmt: skip
    """Print the share of right answers of each ability as JSON, with its 95 % interval and its controls."""
    shop = workshop(run, config)
    from vidsense.training.evaluate import CONTROLS, examined
    from vidsense.training.world.questions import ABILITIES

    if unknown := set(abilities) - set(ABILITIES):
        raise click.UsageError(f"there is no ability {sorted(unknown)[0]}; there are {', '.join(ABILITIES)}.")
    controls = CONTROLS[:1] if no_controls else CONTROLS
    order: Order = "reversed" if backwards else "forward"
    click.echo(
        json.dumps(
            examined(shop, split, clips, order, controls=controls, abilities=abilities, threads=threads), indent=1
        )
    )


@train.command()
@RUN
@CONFIG
@click.option("--out", "-o", metavar="FOLDER", required=True, help="For safetensors, config, tokenizer and ONNX.")
@DEBUGGING
def export(*, run: str, config: str | None, out: str) -> None:
    """Write a trained nano in the hub's formats and as ONNX graphs."""
    shop = workshop(run, config)
    from vidsense.training.export import export_nano

    export_nano(shop, Path(out))


def workshop(folder: str, config: str | None) -> "Workshop":
    """A config and a folder; one sentence where torch is missing."""
    try:
        from vidsense.training.train import Workshop
    except ImportError as error:
        raise MissingExtraError(f"training needs {error.name}, which is not installed: {INSTALL}") from error
    from vidsense.training.config import read_config

    return Workshop(read_config(Path(config) if config else None), Path(folder))
