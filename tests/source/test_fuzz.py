"""Mutated files end in success or in a `SourceError`: no other error, no crash, no hang, no gigabytes."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import vidsense
from vidsense.source.synthetic import write_video

CHILD = Path(__file__).with_name("fuzz_child.py")
BATCH = 10
BLOCK = 4096
KINDS = {
    "h264.mp4": {"codec": "libx264", "options": {"g": "10"}},
    "hevc.mp4": {"codec": "libx265"},
    "av1.mp4": {"codec": "libsvtav1"},
    "vp8.webm": {"codec": "libvpx", "options": {"g": "10"}},
    "vp9.mkv": {"codec": "libvpx-vp9", "options": {"g": "10"}},
    "mpeg4.avi": {"codec": "mpeg4", "options": {"bf": "2"}},
    "mpeg2.ts": {"codec": "mpeg2video", "options": {"bf": "2"}},
    "mpeg1.mpg": {"codec": "mpeg1video"},
    "h264.flv": {"codec": "libx264"},
    "bare.h264": {"codec": "libx264"},
    "wmv.asf": {"codec": "wmv2"},
    "mjpeg.mov": {"codec": "mjpeg", "pixel_format": "yuvj420p"},
    "moving.gif": {"codec": "gif", "pixel_format": "rgb8"},
    "moving.apng": {"codec": "apng", "pixel_format": "rgb24"},
}

Mutation = Callable[[bytes, np.random.Generator], bytes]


def flipped(content: bytes, rng: np.random.Generator) -> bytes:
    """A few bits, or many, anywhere."""
    changed = np.frombuffer(content, np.uint8).copy()
    places = rng.integers(0, len(changed), int(2 ** rng.uniform(0, 8)))
    changed[places] ^= (1 << rng.integers(0, 8, len(places))).astype(np.uint8)
    return changed.tobytes()


def flipped_at_an_end(content: bytes, rng: np.random.Generator) -> bytes:
    """Bits of the header or of the index, where each one counts."""
    edge = min(1500, len(content) // 2)
    if rng.random() < 0.5:
        return flipped(content[:edge], rng) + content[edge:]
    return content[:-edge] + flipped(content[-edge:], rng)


def truncated(content: bytes, rng: np.random.Generator) -> bytes:
    return content[: int(rng.integers(1, len(content)))]


def shuffled(content: bytes, rng: np.random.Generator) -> bytes:
    """Blocks of a disk in another order, some twice, some not at all."""
    blocks = [content[i : i + BLOCK] for i in range(0, len(content), BLOCK)]
    return b"".join(blocks[i] for i in rng.integers(0, len(blocks), len(blocks)))


def blanked(content: bytes, rng: np.random.Generator) -> bytes:
    """A run of zeros or of ones, as a bad sector gives."""
    start, length = int(rng.integers(0, len(content))), int(rng.integers(1, BLOCK))
    return content[:start] + bytes([rng.choice([0, 255])]) * length + content[start + length :]


def rebuilt_boxes(content: bytes, rng: np.random.Generator) -> bytes:
    """Top boxes of an MP4 in another order, one twice; or the size that a box claims changed."""
    boxes = []
    while len(content) >= 8:
        size = max(8, int.from_bytes(content[:4], "big"))
        boxes.append(content[:size])
        content = content[size:]
    order = [*rng.permutation(len(boxes)), rng.integers(len(boxes))]
    result = bytearray(b"".join(boxes[i] for i in order))
    if rng.random() < 0.5:
        at = int(rng.integers(0, len(result) - 4))
        result[at : at + 4] = int(rng.integers(0, 2**32)).to_bytes(4, "big")
    return bytes(result)


MUTATIONS: list[Mutation] = [flipped, flipped_at_an_end, truncated, shuffled, blanked]


@pytest.fixture(scope="module")
def originals(moving, tmp_path_factory) -> dict[str, bytes]:
    """A sound file of each kind."""
    folder = tmp_path_factory.mktemp("originals")
    drawing = moving(1.2, size=(72, 128))
    return {name: write_video(drawing, folder / name, **options).read_bytes() for name, options in KINDS.items()}


def mutated(originals: dict[str, bytes], seed: int) -> tuple[str, bytes]:
    """The seed's file: its name and content."""
    rng = np.random.default_rng(seed)
    name = list(originals)[seed % len(originals)]
    mutations = [*MUTATIONS, rebuilt_boxes] if name.endswith(("mp4", "mov")) else MUTATIONS
    mutate = mutations[int(rng.integers(len(mutations)))]
    return f"{seed}-{mutate.__name__}-{name}", mutate(originals[name], rng)


@pytest.mark.parametrize(
    "batch",
    [pytest.param(i, marks=pytest.mark.full if i < 3 else pytest.mark.nightly) for i in range(33)],
)
def test_a_mutated_file_is_read_or_refused(originals, tmp_path, batch):
    paths = []
    for seed in range(batch * BATCH, (batch + 1) * BATCH):
        name, content = mutated(originals, seed)
        paths.append(tmp_path / name)
        paths[-1].write_bytes(content)
    environment = {**os.environ, "PYTHONPATH": str(Path(vidsense.__file__).parents[1])}
    command = [sys.executable, str(CHILD), *map(str, paths)]
    child = subprocess.run(command, capture_output=True, encoding="utf-8", env=environment, check=False)
    outcomes = child.stdout.splitlines()
    failed = paths[min(len(outcomes), BATCH - 1)]
    assert child.returncode == 0, f"{failed.name} ended the process: {child.stderr[-3000:]}"
    assert len(outcomes) == BATCH
    assert all(outcome.startswith(("read", "SourceError")) for outcome in outcomes)
