"""What this program's own code costs around a language model: a small real one that llama.cpp serves.

    python benchmarks/language.py

The time inside the model's requests (reading, writing and counting tokens, over HTTP) is taken apart from the rest:
decoding the frames, writing them as JPEG, prompts, reading and checking answers. The model is random and tiny, so it is
far quicker than any that is of use: with a real one the share is smaller.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter
from typing import Any

import vidsense
from vidsense.language.model import LanguageModel, Piece
from vidsense.source.synthetic import cut, still, texture, with_noise, with_walker, write_video

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from tests.language.tiny_gguf import write_tiny_model

SIZE = (360, 640)
MINUTES = 5


class Timed:
    """A model, and how long it took."""

    def __init__(self, model: LanguageModel) -> None:
        self.model, self.seconds, self.requests = model, 0.0, 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.model, name)

    def timed(self, call: Any, *arguments: Any) -> Any:
        began = perf_counter()
        try:
            return call(*arguments)
        finally:
            self.seconds += perf_counter() - began

    def text_tokens(self, text: str) -> int:
        return int(self.timed(self.model.text_tokens, text))

    def picture_tokens(self, height: int, width: int) -> int:
        return int(self.timed(self.model.picture_tokens, height, width))

    def generate(self, *arguments: Any, **options: Any) -> Iterator[Piece]:
        self.requests += 1
        pieces = self.model.generate(*arguments, **options)
        while (piece := self.timed(next, pieces, None)) is not None:
            yield piece


def film(folder: Path) -> Path:
    """Ten scenes of half a minute, somebody walks through each."""
    scenes = [
        with_walker(
            with_noise(still(texture(SIZE, i), 30.0, frame_rate=15.0), 1.5), 8.0, 14.0, height_px=120, width_px=50
        )
        for i in range(2 * MINUTES)
    ]
    return write_video(cut(*scenes), folder / "film.mp4")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        path, (weights, _) = film(Path(name)), write_tiny_model(Path(name), context=8192)
        model = Timed(vidsense.load_model(f"gguf/{weights}", vidsense.ModelOptions(context=8192)))
        began = perf_counter()
        account = vidsense.describe(path, model=model)
        wall = perf_counter() - began
        model.close()
    own = account.timings.language_s - model.seconds
    print("| video | frames shown | requests | wall s | language s | in the model s | own code around it s | share |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|")
    print(
        f"| {MINUTES} minutes, 640×360, 15 fps | {account.coverage.shown_to_model} | {model.requests} | {wall:.1f} | "
        f"{account.timings.language_s:.1f} | {model.seconds:.1f} | {own:.2f} | {own / wall:.3f} |"
    )


if __name__ == "__main__":
    main()
