"""What does it cost to take 32 uniform frames from a five-minute 1080p H.264 file? Prints a Markdown table.

    python benchmarks/decode.py                 # draws the film first (minutes), keeps it in the temporary folder
    python benchmarks/decode.py --seconds 60    # a shorter film

Every way is given the same times and hands out RGB pictures 224 pixels wide, decoder set-up and index included.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import av
import cv2
import numpy as np

from vidsense.source import open_video
from vidsense.source.synthetic import panned, still, texture, with_noise, with_shape, write_video

FRAME_RATE = 30.0
FRAMES_PER_KEY = 106
"""9,000 frames then hold 85 key frames."""
SIZE = (126, 224)
Taken = list[tuple[np.ndarray, float]]


def film(seconds: float, folder: Path) -> Path:
    """A textured picture under a slow pan with things that move in it, drawn once."""
    path = folder / f"vidsense-decode-{seconds:g}s.mp4"
    if path.exists():
        return path
    scene = still(texture((1080, 3200), seed=3), seconds, frame_rate=FRAME_RATE)
    scene = panned(scene, (1080, 1920), right=1200 / seconds)
    for i in range(6):
        scene = with_shape(scene, orbit(i), size_px=60 + 30 * i, colour=(30 + 35 * i, 220 - 30 * i, 90))
    unfinished = path.with_name(f"unfinished-{path.name}")
    options = {"preset": "veryfast", "g": str(FRAMES_PER_KEY), "sc_threshold": "0"}
    write_video(with_noise(scene, 3.0), unfinished, options=options)
    return unfinished.rename(path)


def orbit(i: int) -> Callable[[float], tuple[float, float]]:
    """Seconds → a place on the i-th of several paths through the picture."""
    return lambda t: (960 + (200 + 120 * i) * np.sin(0.5 * t + i), 540 + (80 + 70 * i) * np.cos(0.7 * t + 2 * i))


def our_key_frames(path: Path, times: list[float]) -> Taken:
    tolerance = FRAMES_PER_KEY / FRAME_RATE
    frames = open_video(path, threads=1).frames_at(times, SIZE, tolerance_seconds=tolerance)
    return [(frame.pixels, frame.pts_seconds) for frame in frames]


def our_exact_frames(path: Path, times: list[float]) -> Taken:
    return [(frame.pixels, frame.pts_seconds) for frame in open_video(path, threads=1).frames_at(times, SIZE)]


def bare_key_frames(path: Path, times: list[float]) -> Taken:
    """The shortest loop that PyAV allows: seek to the key frame before each time, decode one frame."""
    taken: Taken = []
    with av.open(str(path)) as container:
        track = container.streams.video[0]
        track.codec_context.thread_count = 1
        for wanted in times:
            container.seek(round(wanted / track.time_base), stream=track)
            frame = next(container.decode(track))
            small = frame.reformat(SIZE[1], SIZE[0], "rgb24", interpolation="AREA")
            taken.append((small.to_ndarray(), float(frame.time)))
    return taken


def opencv_frames(path: Path, times: list[float]) -> Taken:
    taken: Taken = []
    capture = cv2.VideoCapture(str(path))
    for wanted in times:
        capture.set(cv2.CAP_PROP_POS_FRAMES, int(wanted * FRAME_RATE + 1e-3))
        _, picture = capture.read()
        small = cv2.cvtColor(cv2.resize(picture, SIZE[::-1], interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2RGB)
        taken.append((small, capture.get(cv2.CAP_PROP_POS_MSEC) / 1000))
    capture.release()
    return taken


def decord_frames(path: Path, times: list[float]) -> Taken:
    import decord

    reader = decord.VideoReader(str(path), width=SIZE[1], height=SIZE[0], num_threads=1)
    ids = [int(wanted * FRAME_RATE + 1e-3) for wanted in times]
    pictures = reader.get_batch(ids).asnumpy()
    return [(picture, i / FRAME_RATE) for picture, i in zip(pictures, ids, strict=True)]


WAYS: dict[str, Callable[[Path, list[float]], Taken]] = {
    "vid-sense, nearest key frames": our_key_frames,
    "bare PyAV loop, key frame before": bare_key_frames,
    "vid-sense, exact frames": our_exact_frames,
    "OpenCV, CAP_PROP_POS_FRAMES": opencv_frames,
    "decord, get_batch": decord_frames,
}


def measured(way: Callable[[Path, list[float]], Taken], path: Path, times: list[float]) -> tuple[float, float, float]:
    """(CPU seconds of all threads, wall seconds, largest distance in seconds of a frame from its wanted time)."""
    cpu, wall = time.process_time(), time.perf_counter()
    taken = way(path, times)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    if len(taken) != len(times):
        raise RuntimeError(f"{len(taken)} frames for {len(times)} times")
    return cpu, wall, max(abs(shown - wanted) for (_, shown), wanted in zip(taken, times, strict=True))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seconds", type=float, default=300.0, help="length of the drawn film")
    parser.add_argument("--frames", type=int, default=32)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()), help="where the film is kept")
    arguments = parser.parse_args()
    path = film(arguments.seconds, arguments.folder)
    times = [(i + 0.5) * arguments.seconds / arguments.frames for i in range(arguments.frames)]
    rows: dict[str, list[tuple[float, float, float]]] = {}
    for _ in range(arguments.repeats):  # interleaved, so that a busy moment of the machine touches all alike
        for name, way in WAYS.items():
            try:
                rows.setdefault(name, []).append(measured(way, path, times))
            except ImportError as error:
                print(f"{name} is left out: {error}")
    print(
        f"{arguments.frames} frames of {arguments.seconds:g} s, 1920×1080 H.264, {path.stat().st_size / 1e6:.0f} MB\n"
    )
    print("| way | CPU s | wall s | furthest from its time, s |\n|---|---:|---:|---:|")
    for name, runs in rows.items():
        cpu, wall, error = (statistics.median(column) for column in zip(*runs, strict=True))
        print(f"| {name} | {cpu:.2f} | {wall:.2f} | {error:.3f} |")


if __name__ == "__main__":
    main()
