"""How long does `vidsense explain` take when the embeddings are known, and how large is its page? Prints a table.

    python benchmarks/report.py                # draws two films of 60 s, 1080p, first (minutes); keeps them
    python benchmarks/report.py --seconds 10   # shorter films

Embeddings are given, as from a cache: what an encoder costs is measured elsewhere. "Again": what the video holds was
measured before, too, and is in the cache, as it is for every second question.
"""

import argparse
import tempfile
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from survey import film
from vidsense.catalog.cache import FileCache
from vidsense.plots.patches import VIT_B16
from vidsense.report.material import gathered
from vidsense.report.page import page_of
from vidsense.source import Frame
from vidsense.vision.encoder import EncoderInfo, FrameFeatures, TextToken

INFO = EncoderInfo(
    name="given", size=(224, 224), grid=(14, 14), width=768, embed_dim=512, class_token=True, depth=12, gigaflops=35.1,
    has_text=True, precision="float32", runtime="nothing", logit_scale=100.0, logit_bias=None,
    fingerprint="given",
)  # fmt: skip


class GivenEncoder:
    """Has every vector already; they mean nothing, which costs the page as much as if they did."""

    info = INFO

    def encode(self, frames: Iterable[Frame]) -> FrameFeatures:
        times = np.array([frame.pts_seconds for frame in frames])
        return FrameFeatures(np.zeros((len(times), INFO.patches, INFO.width), np.float32), vectors(len(times)), times)

    def tokenize(self, frames: Iterable[Frame]) -> np.ndarray:
        return self.encode(frames).tokens

    def embed(self, frames: Iterable[Frame]) -> np.ndarray:
        return self.encode(frames).embeddings

    def embed_text(self, texts: Sequence[str]) -> np.ndarray:
        return vectors(len(texts))

    def split_text(self, text: str) -> list[TextToken]:
        return [TextToken(word, i, added=False) for i, word in enumerate(text.split())]

    def seen(self, pixels: np.ndarray) -> np.ndarray:
        return VIT_B16.seen(pixels)

    def decoding_size(self, height: int, width: int) -> tuple[int, int]:
        return VIT_B16.decoding_size(height, width)


def vectors(count: int) -> np.ndarray:
    """A walk of unit vectors, each near the one before, as frames are."""
    steps = np.random.default_rng(0).normal(size=(count, INFO.embed_dim)).cumsum(axis=0)
    return (steps / np.linalg.norm(steps, axis=1, keepdims=True)).astype(np.float32)


def measured(path: Path, cache: FileCache) -> tuple[float, float, float, int]:
    """Seconds until the material is there, seconds of writing the page, the processor's seconds, the page's bytes."""
    began, worked = time.perf_counter(), time.process_time()
    material = gathered(path, GivenEncoder(), cache=cache)
    there = time.perf_counter()
    page = page_of(material)
    return there - began, time.perf_counter() - there, time.process_time() - worked, len(page.encode())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--crf", type=int, default=23)
    arguments = parser.parse_args()
    print("| film | run | look and decode, s | write, s | all, s | processor, s | page, MB |")
    print("|---|---|---:|---:|---:|---:|---:|")
    for kind in ("calm", "busy"):
        path = film(kind, arguments.seconds, arguments.crf, Path(tempfile.gettempdir()))
        with tempfile.TemporaryDirectory() as folder:
            cache = FileCache(Path(folder))
            for run in ("first", "again", "again"):
                look, write, worked, size = measured(path, cache)
                seconds = f"{look:.2f} | {write:.2f} | {look + write:.2f} | {worked:.2f}"
                print(f"| {kind} | {run} | {seconds} | {size / 1e6:.2f} |", flush=True)


if __name__ == "__main__":
    main()
