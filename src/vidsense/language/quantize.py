"""In: a GGUF file in F32 or F16. Out: the same model in fewer bits, and what got another format than asked for.

llama.cpp does it in a process of its own (`python -m vidsense.language.quantize`), because it ends its whole process
on some errors and hears no Ctrl-C while it works.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from vidsense.errors import MissingExtraError, ModelError
from vidsense.language.llama import INSTALL, LOG, library

FILE_TYPES = {"F32": 0, "F16": 1, "Q8_0": 7, "Q6_K": 18, "Q4_K_M": 15, "Q3_K_M": 12, "Q2_K": 10}
"""Kind → its number in llama.cpp's `llama_ftype`, most bits first."""
KINDS = tuple(FILE_TYPES)
WHOLE = {"F32", "F16", "BF16"}
"""Formats with a float for each weight: from these a file can be quantized."""
SUPER_BLOCK, BLOCK = 256, 32
"""Weights of a row that share a block, in k-quants and in Q8_0: the width of a matrix must be a multiple of it."""
STEP = re.compile(r"^\[ *(\d+)/ *(\d+)\]")


@dataclass(frozen=True)
class Weight:
    """One tensor as it lies in a file."""

    name: str
    shape: tuple[int, ...]
    """Rows first; the last number is the width, along which blocks lie."""
    format: str
    """`F32`, `Q4_K`, …"""
    bytes: int

    @property
    def count(self) -> int:
        """How many numbers it has."""
        product = 1
        for side in self.shape:
            product *= side
        return product


@dataclass(frozen=True)
class Quantized:
    """What quantizing a file brought."""

    kind: str
    source_bytes: int
    bytes: int
    weights: tuple[Weight, ...]

    @property
    def bits_per_weight(self) -> float:
        """Of the weights alone, without the tokenizer and the names that are in the file too."""
        return 8 * sum(weight.bytes for weight in self.weights) / self.parameters

    @property
    def parameters(self) -> int:
        """How many weights there are."""
        return sum(weight.count for weight in self.weights)

    @property
    def formats(self) -> dict[str, int]:
        """Format → how many weights have it, most first: a "Q4_K_M" file is a mixture by design."""
        counted: Counter[str] = Counter()
        for weight in self.weights:
            counted[weight.format] += weight.count
        return dict(counted.most_common())

    @cached_property
    def fallbacks(self) -> tuple[Weight, ...]:
        """The matrices that got another format because their width is no multiple of a block.

        llama.cpp does that silently.
        """
        if self.kind in WHOLE:
            return ()
        block = BLOCK if self.kind == "Q8_0" else SUPER_BLOCK
        matrices = [weight for weight in self.weights if len(weight.shape) > 1]
        return tuple(weight for weight in matrices if weight.shape[-1] % block)

    def fallback_words(self) -> str:
        """What fell back, in a sentence; empty where nothing did."""
        if not self.fallbacks:
            return ""
        block = BLOCK if self.kind == "Q8_0" else SUPER_BLOCK
        matrices = sum(len(weight.shape) > 1 for weight in self.weights)
        widths = ", ".join(map(str, sorted({weight.shape[-1] for weight in self.fallbacks})))
        instead = ", ".join(sorted({weight.format for weight in self.fallbacks}))
        return (
            f"{len(self.fallbacks)} of {matrices} matrices are not in {self.kind}'s formats but in {instead}: "
            f"their width ({widths}) is no multiple of {block}."
        )


def checked_kind(name: str) -> str:
    """A kind as llama.cpp spells it. Raises `ValueError` for one that there is not.

    >>> checked_kind("q4_k_m")
    'Q4_K_M'
    """
    kind = name.upper()
    if kind not in FILE_TYPES:
        raise ValueError(f"there is no quantization {name!r}; there are {', '.join(KINDS)}.")
    return kind


def weights_in(path: Path) -> tuple[Weight, ...]:
    """The tensors of a GGUF file. Raises `ModelError` where it is none, `MissingExtraError` without its reader."""
    try:
        from gguf import GGUFReader
    except ModuleNotFoundError as error:
        raise MissingExtraError(f"reading GGUF files needs the gguf package: {INSTALL}.") from error
    try:
        tensors = GGUFReader(path).tensors
    except (ValueError, OSError, IndexError, KeyError) as error:
        raise ModelError(f"{path} is not a GGUF file that can be read: {error}") from error
    return tuple(
        Weight(each.name, tuple(int(side) for side in each.shape[::-1]), each.tensor_type.name, int(each.n_bytes))
        for each in tensors
    )


def quantize_file(
    source: Path, out: Path, kind: str, *, threads: int = 0, on_progress: Callable[[float], None] = lambda _share: None
) -> Quantized:
    """Write `source` as `out` in this kind, one of `KINDS`; `out` is there only once it is whole.

    Raises `ValueError` for an unknown kind or a source that is already quantized, `ModelError` for one that llama.cpp
    cannot read, `MissingExtraError` without llama-cpp-python.
    """
    kind = checked_kind(kind)
    library()
    if not source.is_file():
        raise ModelError(f"there is no file {source}.")
    before = weights_in(source)
    if spoilt := sorted({weight.format for weight in before} - WHOLE):
        raise ValueError(f"{source.name} is already quantized ({', '.join(spoilt)}): take the F32 or F16 file.")
    if out.exists() and out.samefile(source):
        raise ValueError(f"{out} is the file to be quantized: write to another.")
    begun = out.with_name(f"{out.name}.part")
    try:
        run_llama(source, begun, kind, threads, on_progress)
        begun.replace(out)
    finally:
        begun.unlink(missing_ok=True)
    return Quantized(kind, source.stat().st_size, out.stat().st_size, weights_in(out))


def run_llama(source: Path, out: Path, kind: str, threads: int, on_progress: Callable[[float], None]) -> None:
    """The other process, told what to do and listened to; it ends with this one."""
    wanted = {"source": str(source), "out": str(out), "file_type": FILE_TYPES[kind], "threads": threads}
    command = [sys.executable, "-m", "vidsense.language.quantize", json.dumps(wanted)]
    with (
        tempfile.TemporaryFile() as log,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True, encoding="utf-8") as child,
    ):
        failed: str | None = "it ended without a word"
        try:
            for line in child.stdout or ():
                told = json.loads(line)
                failed = told.get("failed", failed)
                on_progress(told.get("share", 1.0))
        except BaseException:
            child.kill()
            raise
        if child.wait() or failed is not None:
            log.seek(0)
            last = log.read().decode("utf-8", "replace").strip().splitlines()[-1:]
            raise ModelError(f"llama.cpp cannot quantize {source.name}: {failed or ''.join(last)}")


def main() -> None:
    """Quantize one file and print how far it is, a line of JSON at a time."""
    import ctypes

    wanted = json.loads(sys.argv[1])
    llama = library()
    LOG.listener = say_share
    settings = llama.llama_model_quantize_default_params()
    settings.ftype = wanted["file_type"]
    settings.nthread = wanted["threads"] or os.cpu_count() or 1
    failed = llama.llama_model_quantize(
        os.fsencode(wanted["source"]), os.fsencode(wanted["out"]), ctypes.byref(settings)
    )
    print(json.dumps({"failed": LOG.reason() if failed else None}), flush=True)  # noqa: T201  the parent reads it


def say_share(line: str) -> None:
    """llama.cpp counts the tensors: [  3/ 291]."""
    if found := STEP.match(line):
        print(json.dumps({"share": int(found[1]) / int(found[2])}), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
