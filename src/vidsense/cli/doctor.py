"""`vidsense doctor`: what is installed, what is reachable, what to do next."""

import platform
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

import click

from vidsense.cli.options import DEBUGGING

if TYPE_CHECKING:
    from vidsense.language.options import ModelOptions

PACKAGES = ["vid-sense", "av", "numpy", "opencv-python-headless", "pydantic", "click", "rich", "ollama", "openai"]
CODECS = ["h264", "hevc", "vp9", "av1"]


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    good: bool
    words: str
    cure: str = ""
    """What to do about it; empty where nothing must be done."""


@click.command()
@DEBUGGING
@click.pass_context
def doctor(ctx: click.Context) -> None:
    """Check what is installed and reachable."""
    from vidsense.cli.choice import held_options

    findings = [*packages(), *decoders(), nano(), encoder(), ollama(held_options(ctx))]
    cures = [finding.cure for finding in findings if finding.cure]
    click.echo("\n".join(f"{'ok' if finding.good else '--':<3} {finding.words}" for finding in findings))
    click.echo("\n".join(f"To do: {cure}" for cure in cures) or "All is well. Try `vidsense demo`.")
    if cures:
        raise click.exceptions.Exit(1)


def packages() -> Iterator[Finding]:
    """Python, and each package that the program needs."""
    yield Finding(
        True, f"Python {platform.python_version()} on {platform.system()} {platform.machine()} ({sys.prefix})"
    )
    for package in PACKAGES:
        try:
            yield Finding(True, f"{package} {version(package)}")
        except PackageNotFoundError:
            yield Finding(False, f"{package} is not installed", f"install it: pip install {package}")


def decoders() -> Iterator[Finding]:
    """The codecs that nearly all videos of today use."""
    from vidsense.source.decoders import decodable

    for codec, there in decodable(CODECS).items():
        cure = "" if there else f"install PyAV from its wheel, which decodes {codec}: pip install --force-reinstall av"
        yield Finding(there, f"decoder for {codec}", cure)


def nano() -> Finding:
    """Whether our own small model lies in the package and runs."""
    from vidsense.errors import ModelError
    from vidsense.language.nano import load_nano

    try:
        said = load_nano().text_tokens("a person waves")
    except ModelError as error:
        return Finding(False, f"nano, the model in the package: {error}", "install the package anew, from its wheel")
    return Finding(said > 0, "nano, our own small model of a drawn world")


def encoder() -> Finding:
    """Whether the usual image encoder is on this machine. It is not needed."""
    from vidsense.vision.load import DEFAULT, encoder_shelf, is_there

    if is_there(DEFAULT, encoder_shelf()):
        return Finding(True, f"image encoder {DEFAULT}")
    return Finding(False, f"no image encoder (not needed: `vidsense models pull {DEFAULT}` gets one)")


def ollama(options: "ModelOptions") -> Finding:
    """Whether an Ollama runs on this machine, and sees. It is not needed: without one, accounts are measured."""
    from vidsense.errors import ModelError
    from vidsense.language.load import ollama_answers
    from vidsense.language.shelf import WORTH_GETTING

    if not ollama_answers(options):
        return Finding(False, "no Ollama on this machine (not needed: accounts are measured)")
    from vidsense.language.ollama import vision_models

    try:
        models = [name for name, _ in vision_models(options)]
    except ModelError as error:
        return Finding(False, f"something answers where Ollama would, and is none: {error}")
    if not models:
        return Finding(
            False, f"Ollama without a model that sees; `vidsense models pull {WORTH_GETTING[1].name}` gets one"
        )
    return Finding(True, f"Ollama with {', '.join(models)}: describe and ask use {models[0]}")
