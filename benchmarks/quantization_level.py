"""One level of precision in a process of its own: what it answers, how quick it is, how much memory it takes.

    python benchmarks/quantization_level.py MODEL WORK.npz OUT.json

MODEL is a GGUF file or nano's language.onnx. WORK.npz holds prefixes and questions as token ids, or none; then only
speed and memory are measured.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from vidsense.language.llama import LlamaFile
from vidsense.language.nano import Decoder

PREFILL, DECODE, REPEATS = 128, 32, 2
LONGEST_ANSWER = 64
Answer = Callable[[np.ndarray | None, list[int], int, int], list[int]]
"""Prefix, ids, the token that ends, the most tokens → the answer's tokens."""


def memory_mb(kind: str) -> float:
    """Of this process, in MB: VmRSS now, VmHWM at its highest."""
    lines = Path("/proc/self/status").read_text("utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{kind}:")) / 1024


def forget_peak() -> None:
    """Let VmHWM begin again from what is held now."""
    Path("/proc/self/clear_refs").write_text("5", "utf-8")


def llama(path: Path) -> Answer:
    file = LlamaFile(path, threads=1, context=512)
    return lambda prefix, ids, end, most: file.answer(prefix, ids, end_id=end, max_tokens=most)


def onnx(path: Path, work: Any) -> Answer:
    decoder, embed = Decoder(path, work["empty"], 1), work["embed_tokens"]

    def answer(prefix: np.ndarray | None, ids: list[int], end: int, most: int) -> list[int]:
        before = np.zeros((0, embed.shape[1]), np.float32) if prefix is None else prefix
        found = decoder.greedy(np.concatenate([before, embed[ids]]), embed, end, most)
        return found[:-1] if found and found[-1] == end else found

    return answer


def answers(model: Answer, work: Any) -> list[list[int]]:
    """Of every question."""
    asked = np.split(work["ids"], work["ends"][:-1])
    return [
        model(work["prefixes"][clip], ids.tolist(), int(work["end_id"]), LONGEST_ANSWER)
        for clip, ids in zip(work["clips"], asked, strict=True)
    ]


def speed(model: Answer) -> dict[str, float]:
    """Tokens a second of the processor: read at once, and written one after another; the quickest of some."""
    prompt = [5 + i % 100 for i in range(PREFILL)]
    reading = min(seconds(lambda: model(None, prompt, -1, 1)) for _ in range(REPEATS))
    short = min(seconds(lambda: model(None, [5], -1, 1)) for _ in range(REPEATS))
    writing = min(seconds(lambda: model(None, [5], -1, 1 + DECODE)) for _ in range(REPEATS)) - short
    return {"prefill": PREFILL / reading, "decode": DECODE / writing}


def seconds(work: Callable[[], object]) -> float:
    """Of the processor, which other programs do not add to; with one thread that is what a clock would show alone."""
    began = time.process_time()
    work()
    return time.process_time() - began


def main(path: Path, work_path: Path, out: Path) -> None:
    work = np.load(work_path)
    before = memory_mb("VmRSS")
    forget_peak()
    began = time.perf_counter()
    model = onnx(path, work) if path.suffix == ".onnx" else llama(path)
    loading = time.perf_counter() - began
    told = answers(model, work) if "ids" in work else []
    measured = speed(model)
    out.write_text(
        json.dumps(
            {
                "answers": told,
                "bytes": path.stat().st_size,
                "load_s": loading,
                "memory_mb": memory_mb("VmHWM") - before,
                **measured,
            }
        ),
        "utf-8",
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]))
