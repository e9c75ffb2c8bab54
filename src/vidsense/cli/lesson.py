"""The five steps from a video to an answer, in a terminal: nano on a clip of the drawn world."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from vidsense.language.nano import NanoModel, NanoView
    from vidsense.source.stream import Frame

POURING = 20
"""The seed of the clip in which a person pours water from a bottle into a glass."""
FRAMES = 5
QUESTION = "What action is taking place?"
SHADES = " ░▒▓█"
INDENT = " " * 4


def lesson(video: Path, threads: int = 0) -> str:
    """What nano makes of five frames of a video, step by step."""
    from vidsense.language.nano import load_nano
    from vidsense.source.file import open_video

    model = load_nano()
    with open_video(video, threads=threads) as stream:
        lasting = stream.info.declared_picture_seconds or 0.0
        wanted = ((np.arange(FRAMES) + 0.5) / FRAMES * lasting).tolist()
        size = model.encoder.decoding_size(stream.info.height, stream.info.width)
        frames = list(stream.frames_at(wanted, size))
    view = model.look(frames)
    return "\n".join(
        [
            "Inside a network: nano, our own small model, on a clip of the drawn world that it knows",
            f"(`vidsense world --seed {POURING} -o clip.mp4`, then `vidsense explain clip.mp4 -o page.html`).",
            *loaded(frames, lasting),
            *tokens(model, view, frames),
            *embeddings(view),
            *attention(view),
            *answer(model, view),
        ]
    )


def loaded(frames: "list[Frame]", lasting: float) -> list[str]:
    """Step 1."""
    from vidsense.account.words import at_time, listed

    height, width = frames[0].pixels.shape[:2]
    times = listed([at_time(frame.pts_seconds) for frame in frames])
    return [
        "",
        f"1. Load: {len(frames)} frames of {lasting:.1f} s, at {times};",
        f"   each becomes {width} × {height} pixels of three colours.",
    ]


def tokens(model: "NanoModel", view: "NanoView", frames: "list[Frame]") -> list[str]:
    """Step 2."""
    info, middle = model.encoder.info, len(frames) // 2
    rows, columns = info.grid
    side = info.patch_size[0]
    return [
        "",
        f"2. Tokens: each frame is cut into {columns} × {rows} patches of {side} × {side} pixels. That is "
        f"{info.patches} tokens of {info.width}",
        f"   numbers a frame, {info.patches * len(frames)} tokens in all. Frame {middle + 1} in its patches, as bright "
        "as they are:",
        *(INDENT + line for line in patch_grid(frames[middle].pixels, info.grid)),
    ]


def patch_grid(pixels: np.ndarray, grid: tuple[int, int]) -> list[str]:
    """A line for each row of patches, two characters for each patch."""
    rows, columns = grid
    height, width = pixels.shape[:2]
    cut = pixels[: height // rows * rows, : width // columns * columns].mean(axis=2)
    means = cut.reshape(rows, height // rows, columns, width // columns).mean(axis=(1, 3))
    low, high = float(means.min()), float(means.max())
    shades = np.round((means - low) / max(high - low, 1e-9) * (len(SHADES) - 1)).astype(int)
    return ["".join(2 * SHADES[shade] for shade in row) for row in shades]


def embeddings(view: "NanoView") -> list[str]:
    """Step 3."""
    rows = view.sight.embeddings
    return [
        "",
        f"3. Embeddings: one vector of {rows.shape[1]} numbers for each frame. How alike the frames are (cosine):",
        *matrix(rows @ rows.T, "{:6.2f}"),
    ]


def attention(view: "NanoView") -> list[str]:
    """Step 4."""
    layers, heads = view.clip.attention.shape[:2]
    most = int(view.clip.importance.argmax()) + 1
    return [
        "",
        f"4. Attention: {layers} layers of {heads} heads, trained. How much of its attention each frame (row) gives to "
        "each, in %:",
        *matrix(100 * view.clip.attention.mean(axis=(0, 1)), "{:6.0f}"),
        f"   The others look at frame {most} most.",
    ]


def matrix(values: np.ndarray, form: str) -> list[str]:
    """A table with the frames' numbers beside and above."""
    numbers = range(1, len(values) + 1)
    head = INDENT + " " + "".join(f"{number:>6}" for number in numbers)
    rows = zip(numbers, values, strict=True)
    return [head, *(f"{INDENT}{number}" + "".join(form.format(value) for value in row) for number, row in rows)]


def answer(model: "NanoModel", view: "NanoView") -> list[str]:
    """Step 5."""
    said = model.answer(view, QUESTION)
    prefix, asked = len(view.prefix), len(model.ids(QUESTION))
    return [
        "",
        f"5. Answer: {prefix} tokens of what was seen and {asked} of the question go into the language model.",
        f"   {QUESTION} {said[:1].upper()}{said[1:]}.",
    ]
