"""`vidsense models`: which language models there are, getting one, and trying what it really sees."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vidsense.cli.options import DEBUGGING, QUIET, RUNNING, with_options
from vidsense.cli.progress import progress_bar, say

if TYPE_CHECKING:
    from vidsense.source.stream import Frame

MEASURED_FRAMES = 24
"""On which what int8 costs an encoder is measured."""


@click.group(invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@DEBUGGING
@click.pass_context
def models(ctx: click.Context, as_json: bool) -> None:
    """List the models that are there, those worth getting, and what fits this machine's memory."""
    if ctx.invoked_subcommand:
        return
    from dataclasses import asdict

    from vidsense.cli.choice import held_options
    from vidsense.language.shelf import AS_OF, memory_bytes, shelf

    home = Path(os.environ.get("HF_HOME") or Path.home() / ".cache" / "huggingface")
    rows = list(shelf(held_options(ctx), home / "hub"))
    if as_json:
        click.echo(json.dumps([asdict(row) for row in rows], indent=1, ensure_ascii=False))
        return
    memory = memory_bytes()
    there = [row for row in rows if row.there]
    lines = [line_of(row.name, row.size_bytes, row.fits, "") for row in there] or ["No model is there yet."]
    lines += ["", "Image encoders:", *encoder_lines()]
    lines += ["", f"Worth getting (as of {AS_OF}), with `vidsense models pull NAME`:"]
    lines += [line_of(row.name, row.size_bytes, row.fits, row.words) for row in rows if not row.there]
    if memory:
        lines += ["", f"This machine has {memory / 1e9:.0f} GB of memory."]
    click.echo("\n".join(lines))


def encoder_lines() -> list[str]:
    """Which image encoders are there, and which could be."""
    from vidsense.vision.encoder import NANO
    from vidsense.vision.load import KNOWN, encoder_shelf

    shelf = encoder_shelf()
    there = sorted(folder.name for folder in shelf.glob("*") if folder.is_dir() and folder.suffix != ".part")
    return [
        f"{NANO:<42} in the package: knows the drawn world of `vidsense world` alone; a language model too",
        *(f"{name:<42} is there" for name in there),
        *(f"{name:<42} `vidsense models pull {name}`" for name in KNOWN if name not in there),
    ]


def line_of(name: str, size: int | None, fits: bool | None, words: str) -> str:
    """One model in a line."""
    gigabytes = f"{size / 1e9:.1f} GB" if size else "?"
    room = {True: "fits", False: "too large", None: ""}[fits]
    return f"{name:<42} {gigabytes:>8}  {room:<9}  {words}".rstrip()


@models.command()
@click.argument("name")
@click.option("--measure-on", "video", metavar="VIDEO", help="Measure an encoder's int8 on frames of this video.")
@QUIET
@DEBUGGING
@click.pass_context
def pull(ctx: click.Context, /, name: str, *, video: str | None, quiet: bool) -> None:
    """Download the model NAME: ollama/…, hf/ORG/NAME or gguf/ORG/NAME/FILE.gguf.

    NAME may be an image encoder too: clip-vit-b16, siglip2-b16, mobileclip2-s0, or the folder of a checkpoint. Its
    graphs are built here, in float32 and int8, and what int8 costs is measured on frames of a video.

    Run it again when it was ended: Ollama goes on where it stopped, of the hub the files that are whole are kept.
    """
    from vidsense.cli.choice import held_options
    from vidsense.language.pull import pull as get
    from vidsense.vision.pull import is_encoder

    if is_encoder(name):
        with progress_bar(quiet=quiet) as bar:
            lines = pulled_encoder(name, video, lambda stage, share: bar.report(name, stage, share))
            bar.clear()
        click.echo("\n".join(lines))
        return
    with progress_bar(quiet=quiet) as bar:
        got = get(name, held_options(ctx), lambda stage, share: bar.report(name, stage, share))
        bar.clear()
    click.echo(got)


def pulled_encoder(name: str, video: str | None, on_progress: Callable[[str, float], None]) -> list[str]:
    """Get an encoder and measure it; what is to be told of it."""
    from vidsense.vision.load import encoder_shelf
    from vidsense.vision.pull import pull_encoder

    folder, built = pull_encoder(name, encoder_shelf(), frames_to_measure_on(video), on_progress)
    size = sum(file.stat().st_size for file in folder.iterdir()) / 1e6
    lines = [f"{folder.name}: {size:.0f} MB in {folder}"]
    for runtime, cost in [] if built is None else [("ONNX Runtime", built.int8), ("OpenVINO", built.openvino)]:
        if cost is None:
            continue
        lines += [
            f"int8 ({runtime}) against float32 on {cost.frames} frames of {video or 'the drawn demo'}: cosine "
            f"{cost.cosine_mean:.4f} in the mean, {cost.cosine_least:.4f} at worst; the nearest frame is the same for "
            f"{cost.same_nearest:.0%}",
            f"a frame takes {cost.quick_ms:.0f} ms so, {cost.exact_ms:.0f} ms in float32",
        ]
    if built is not None:
        lines.append(f"{' '.join(reversed(built.preferred))} is used from now on")
    return lines


def frames_to_measure_on(video: str | None) -> list["Frame"]:
    """Frames of a video, or of the one that the demo draws."""
    from tempfile import TemporaryDirectory

    from vidsense.frames.extract import extract_frames
    from vidsense.source.synthetic import demo_drawing, write_video

    if video is not None:
        return list(extract_frames(video, MEASURED_FRAMES))
    with TemporaryDirectory() as folder:
        return list(extract_frames(write_video(demo_drawing(), Path(folder, "demo.mp4")), MEASURED_FRAMES))


@models.command()
@click.argument("name")
@with_options(*RUNNING)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@QUIET
@DEBUGGING
@click.pass_context
def check(ctx: click.Context, /, name: str, *, as_json: bool, quiet: bool, **chosen: object) -> None:
    """Try whether the model NAME really sees order, time and small writing, in drawn pictures with known answers."""
    from dataclasses import asdict

    from vidsense.cli.choice import chosen_model
    from vidsense.language.examine import examine
    from vidsense.language.load import opened

    choice = chosen_model(ctx, {**chosen, "model": name, "check": "off"})
    found = []
    with progress_bar(quiet=quiet) as bar, opened(choice.model, choice.options) as model:
        if model is None:
            raise click.UsageError("name a model; `vidsense models` lists them.")
        for i, finding in enumerate(examine(model)):
            found.append(finding)
            bar.report(name, "asking", (i + 1) / 3)
        bar.clear()
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in found], indent=1, ensure_ascii=False))
    for finding in [] if as_json else found:
        wrong = f"; {finding.example}" if finding.example else ""
        told = f"right in {finding.right} of {finding.trials} trials{wrong}"
        click.echo(f"{'ok' if finding.is_there else '--':<3} {finding.name}: {told}")
    if not all(finding.is_there for finding in found):
        say(f"{name} does not see all of it reliably: trust what it says accordingly.")
        raise click.exceptions.Exit(1)
