"""In: this machine. Out: the models that are there, those that are worth getting, and which of them fit its memory."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from vidsense.errors import ModelError
from vidsense.language.options import ModelOptions

AS_OF = "2026-11"
"""When the table was last looked over."""
OVERHEAD_BYTES = 1_500_000_000
"""What a context and this program take beside a model's weights."""


@dataclass(frozen=True)
class Known:
    """A model that is worth getting."""

    name: str
    gigabytes: float
    """Of its weights."""
    words: str


WORTH_GETTING = (
    Known("ollama/qwen3-vl:2b", 1.9, "for 8 GB of memory"),
    Known("ollama/qwen3-vl:4b", 3.3, "for 8 GB; what this program proposes first"),
    Known("ollama/gemma3:4b", 3.3, "for 8 GB; 256 tokens a picture"),
    Known("ollama/minicpm-v:8b", 5.5, "for 16 GB"),
    Known("ollama/qwen3-vl:8b", 6.2, "for 16 GB"),
    Known("ollama/qwen3.5:9b", 6.6, "for 16 GB"),
    Known("ollama/llava:7b-v1.6-mistral-q2_K", 3.3, "an older one, for comparison"),
    Known("hf/HuggingFaceTB/SmolVLM2-2.2B-Instruct", 4.5, "runs in this process: the one to look inside"),
)
"""Small vision models by memory. Sizes are those that their publishers state; how well each sees,
`vidsense models check` tells."""


@dataclass(frozen=True)
class OnShelf:
    """A model that is there, or could be."""

    name: str
    size_bytes: int | None
    there: bool
    fits: bool | None
    """Whether it fits this machine's memory; none where its size is not known."""
    words: str


def shelf(options: ModelOptions, hub: Path) -> Iterator[OnShelf]:
    """Models that are there, then those that are worth getting. `hub`: the folder of the hub's cache."""
    memory = memory_bytes()
    there = [*in_ollama(options), *in_hub_cache(hub)]
    for name, size in there:
        yield OnShelf(name, size, True, None if size is None else fits(size, memory), "")
    names = {name for name, _ in there}
    for known in WORTH_GETTING:
        if known.name not in names:
            size = int(known.gigabytes * 1e9)
            yield OnShelf(known.name, size, False, fits(size, memory), known.words)


def in_ollama(options: ModelOptions) -> list[tuple[str, int | None]]:
    """The vision models of a running Ollama, with their sizes; none where none runs."""
    from vidsense.language.load import ollama_answers

    if not ollama_answers(options):
        return []
    from vidsense.language.ollama import vision_models

    try:
        return [(f"ollama/{name}", size) for name, size in vision_models(options)]
    except ModelError:
        return []


def in_hub_cache(hub: Path) -> list[tuple[str, int | None]]:
    """The models that the hub's cache holds: those of the families that are supported, and GGUF files."""
    files = [file for file in sorted(hub.glob("models--*/snapshots/*/*.gguf")) if is_model(file)]
    found: list[tuple[str, int | None]] = [(f"gguf/{file}", file.stat().st_size) for file in files]
    for folder in sorted(hub.glob("models--*--*")):
        name = folder.name.removeprefix("models--").replace("--", "/", 1)
        if any(family in name.lower() for family in ("smolvlm", "qwen3-vl", "llava-next-video")):
            size = sum(file.stat().st_size for file in (folder / "blobs").glob("*") if file.is_file())
            found.append((f"hf/{name}", size))
    return found


def is_model(file: Path) -> bool:
    """Whether a GGUF file is a language model that is there: no picture encoder, no link into nothing."""
    return "mmproj" not in file.name.lower() and file.is_file()


def memory_bytes() -> int | None:
    """How much memory this machine has; none where it does not tell."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return None


def fits(size: int, memory: int | None) -> bool | None:
    """Whether weights of this size fit beside everything else."""
    return None if memory is None else size + OVERHEAD_BYTES < 0.8 * memory
