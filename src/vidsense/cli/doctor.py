"""`vidsense doctor`: what is installed, what is reachable, what to do next."""

import json
import platform
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from importlib.metadata import PackageNotFoundError, version

import click

from vidsense.cli.options import DEBUGGING

PACKAGES = ["vid-sense", "av", "numpy", "opencv-python-headless", "pydantic", "click", "rich"]
CODECS = ["h264", "hevc", "vp9", "av1"]
OLLAMA = ("127.0.0.1", 11434)
PROBE_SECONDS = 0.3


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    good: bool
    words: str
    cure: str = ""
    """What to do about it; empty where nothing must be done."""


@click.command()
@DEBUGGING
def doctor() -> None:
    """Check what is installed and reachable."""
    findings = [*packages(), *decoders(), ollama()]
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


def ollama() -> Finding:
    """Whether an Ollama runs on this machine. It is not needed: without one, accounts are measured."""
    connection = HTTPConnection(*OLLAMA, timeout=PROBE_SECONDS)
    try:
        connection.request("GET", "/api/tags")
        models = [model["name"] for model in json.loads(connection.getresponse().read())["models"]]
    except (OSError, HTTPException, ValueError, KeyError, TypeError):
        return Finding(False, "no Ollama on this machine (not needed: accounts are measured)")
    finally:
        connection.close()
    return Finding(True, f"Ollama with {', '.join(models) if models else 'no model yet'} (not used by this version)")
