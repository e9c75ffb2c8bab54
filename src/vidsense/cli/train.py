"""`vidsense train`: make nano's weights from videos that this program draws."""

from pathlib import Path

import click

from vidsense.cli.options import DEBUGGING, QUIET
from vidsense.cli.progress import say
from vidsense.errors import MissingExtraError

INSTALL = 'pip install "vid-sense[train]"'


@click.group()
def train() -> None:
    """Train models of our own."""


@train.command()
@click.option(
    "--out", "-o", metavar="FOLDER", required=True, help="For checkpoints, log and clips; a run there goes on."
)
@click.option("--config", metavar="FILE", help="Another config than the one of the shipped weights (nano.toml).")
@click.option("--stage", "stages", multiple=True, help="Only this stage; may be given several times.")
@click.option("--seconds", type=click.FloatRange(min=0), help="End after so long; the same command goes on later.")
@click.option("--threads", type=click.IntRange(min=1), default=1, show_default=True, help="Processor threads.")
@QUIET
@DEBUGGING
def nano(
    *, out: str, config: str | None, stages: tuple[str, ...], seconds: float | None, threads: int, quiet: bool
) -> None:
    """Train nano from scratch, stage by stage; Ctrl-C keeps what was learnt."""
    try:
        import vidsense.training.nano  # noqa: F401
    except ImportError as error:
        raise MissingExtraError(f"training needs torch, which is not installed: {INSTALL}") from error
    from vidsense.training.config import read_config
    from vidsense.training.train import STAGES, train_nano

    if unknown := set(stages) - set(STAGES):
        raise click.UsageError(f"there is no stage {sorted(unknown)[0]}; there are {', '.join(STAGES)}.")
    told = read_config(Path(config) if config else None)
    done = train_nano(
        told, Path(out), stages=stages or STAGES, seconds=seconds, threads=threads,
        say=(lambda _: None) if quiet else say,
    )  # fmt: skip
    if not quiet:
        say("done." if done else f"not done yet; the same command goes on: vidsense train nano --out {out}")
