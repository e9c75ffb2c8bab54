"""`vidsense quantize`: a language model in fewer bits, and what that costs in bytes."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click

from vidsense.cli.options import DEBUGGING, QUIET
from vidsense.cli.progress import progress_bar
from vidsense.errors import MissingExtraError, ModelError, OutputError

if TYPE_CHECKING:
    from vidsense.language.quantize import Quantized
    from vidsense.language.quantize_onnx import QuantizedGraph

NANO = "nano"


@click.command()
@click.argument("source")
@click.option("--out", "-o", metavar="FILE", required=True, help="Write here, .gguf or .onnx.")
@click.option(
    "--to", "kind", metavar="KIND", required=True,
    help="f32, f16, q8_0, q6_k, q4_k_m, q3_k_m, q2_k for GGUF; int8, int4 for ONNX.",
)  # fmt: skip
@click.option("--threads", type=click.IntRange(min=0), default=0, help="Processor threads.  [default: all cores]")
@QUIET
@DEBUGGING
def quantize(*, source: str, out: str, kind: str, threads: int, quiet: bool) -> None:
    """Write the language model SOURCE in fewer bits.

    SOURCE is a GGUF file in F32 or F16, a folder in transformers' LLaMA format (config.json, safetensors,
    tokenizer.json), an .onnx graph in float32, or `nano`. GGUF needs the extra [llama]; int8 and int4 of a folder or of
    nano need [train].
    """
    from vidsense.language.quantize_onnx import KINDS

    target = writable(Path(out))
    with progress_bar(quiet=quiet) as bar:
        if kind.upper() in KINDS:
            lines = quantized_graph(source, target, kind)
        else:
            lines = quantized_file(
                source, target, kind, threads, lambda share: bar.report(target.name, "quantizing", share)
            )
        bar.clear()
    click.echo("\n".join(lines))


def writable(path: Path) -> Path:
    """Where to write, its folder made. Raises `OutputError`."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror}. Name another file for --out.") from error
    if path.is_dir():
        raise OutputError(f"cannot write {path}: it is a folder. Name a file for --out.")
    return path


def quantized_file(
    source: str, out: Path, kind: str, threads: int, on_progress: Callable[[float], None]
) -> list[str]:  # fmt: skip
    """Through llama.cpp; a folder is written as GGUF first."""
    from vidsense.language.llama import library
    from vidsense.language.llama_folder import convert_folder
    from vidsense.language.quantize import checked_kind, quantize_file

    checked_kind(kind)
    library()  # says what is missing before any work is done
    path = found(source, "language", ".gguf")
    if not path.is_dir():
        return file_lines(out, quantize_file(path, out, kind, threads=threads, on_progress=on_progress))
    with TemporaryDirectory(prefix=f"{out.name}.", dir=out.parent) as scratch:
        whole = Path(scratch, "whole.gguf")
        convert_folder(path, whole)
        return file_lines(out, quantize_file(whole, out, kind, threads=threads, on_progress=on_progress))


def quantized_graph(source: str, out: Path, kind: str) -> list[str]:
    """Through our own rounding; of a folder the graph is made first, by torch."""
    from vidsense.language.quantize_onnx import quantize_onnx
    from vidsense.vision.build import int8_levels

    path, levels = found(source, "language", ".onnx"), int8_levels(out.parent)
    if not path.is_dir():
        return graph_lines(out, quantize_onnx(path, out, kind, levels=levels))
    with TemporaryDirectory(prefix=f"{out.name}.", dir=out.parent) as scratch:
        whole = Path(scratch, "whole.onnx")
        write_whole_graph(path, whole)
        return graph_lines(out, quantize_onnx(whole, out, kind, levels=levels))


def write_whole_graph(folder: Path, out: Path) -> None:
    """The language model in this folder as a graph in float32. Raises `MissingExtraError` without torch."""
    try:
        from vidsense.training.graphs import graph_of_folder
    except ImportError as error:
        raise MissingExtraError(
            f'making a graph of {folder} needs {error.name}: pip install "vid-sense[train]".'
        ) from error
    graph_of_folder(folder, out)


def found(source: str, part: str, ending: str) -> Path:
    """The file or folder that SOURCE means; of nano, and of a folder that holds a nano, the named part of it.

    Raises `ModelError` where there is none.
    """
    from vidsense.vision.nano import nano_folder

    path = nano_folder() if source == NANO else Path(source)
    if (path / part).exists():
        return path / part
    if source == NANO:
        raise ModelError("this package has no weights of nano; `vidsense train nano` makes them.")
    if not path.exists():
        raise ModelError(f"there is no {source}. Name a {ending} file, a folder of a language model, or nano.")
    if path.is_file() and path.suffix.lower() != ending:
        raise ModelError(f"{source} is no {ending} file, which this kind of quantization is made from.")
    return path


def file_lines(out: Path, made: "Quantized") -> list[str]:
    """What is told of a GGUF file."""
    shares = ", ".join(f"{name} {count / made.parameters:.1%}" for name, count in made.formats.items())
    lines = [
        f"{out}: {made.kind}, {size(made.bytes)} of {size(made.source_bytes)} "
        f"({made.bytes / made.source_bytes:.0%}), {made.bits_per_weight:.2f} bits a weight",
        f"{made.parameters:,} weights: {shares}",
    ]
    return [*lines, *([made.fallback_words()] if made.fallbacks else [])]


def graph_lines(out: Path, made: "QuantizedGraph") -> list[str]:
    """What is told of an ONNX graph."""
    lines = [
        f"{out}: {made.kind.lower()}, {size(made.bytes)} of {size(made.source_bytes)} "
        f"({made.bytes / made.source_bytes:.0%}), {made.matrices} matrices rounded"
    ]
    if made.left:
        lines.append(f"{len(made.left)} matrices stay float32: their height is no multiple of 32.")
    return lines


def size(count: int) -> str:
    """Bytes for people.

    >>> size(856960), size(3_300_000_000)
    ('0.86 MB', '3.30 GB')
    """
    return f"{count / 1e9:.2f} GB" if count >= 1e9 else f"{count / 1e6:.2f} MB"
