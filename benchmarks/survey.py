"""What does the survey of 1080p video cost beside merely decoding it, and PySceneDetect? Prints Markdown tables.

    python benchmarks/survey.py                # draws two films first (minutes), keeps them in the temporary folder
    python benchmarks/survey.py --seconds 10   # shorter films
    python benchmarks/survey.py --crf 16       # with more bits, as cameras write them
    python benchmarks/survey.py --profile      # and where the survey's own time goes

Calm is a fixed camera with a sensor's grain and somebody who walks; busy is a camera that never rests before things
that never rest. Decoding is PyAV's, every frame, nothing done with it.
"""

import argparse
import cProfile
import pstats
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import av

from decode import orbit
from vidsense.source import open_video
from vidsense.source.synthetic import (
    Drawing,
    panned,
    still,
    texture,
    with_noise,
    with_shape,
    with_walker,
    write_video,
)
from vidsense.survey.survey import survey_video

FRAME_RATE = 30.0
SIZE = (1080, 1920)
Way = Callable[[Path], object]


def calm(seconds: float) -> Drawing:
    scene = still(texture(SIZE, seed=5), seconds, frame_rate=FRAME_RATE)
    return with_noise(with_walker(scene, 0.3 * seconds, 0.7 * seconds, height_px=300, width_px=130), 2.0)


def busy(seconds: float) -> Drawing:
    scene = still(texture((1080, 3200), seed=3), seconds, frame_rate=FRAME_RATE)
    scene = panned(scene, SIZE, right=1200 / seconds)
    for i in range(6):
        scene = with_shape(scene, orbit(i), size_px=60 + 60 * i, colour=(30 + 35 * i, 220 - 30 * i, 90))
    return with_noise(scene, 3.0)


def film(kind: str, seconds: float, crf: int, folder: Path) -> Path:
    """Drawn once."""
    path = folder / f"vidsense-survey-{kind}-{seconds:g}s-crf{crf}.mp4"
    if not path.exists():
        unfinished = path.with_name(f"unfinished-{path.name}")
        drawing = {"calm": calm, "busy": busy}[kind](seconds)
        write_video(drawing, unfinished, options={"preset": "veryfast", "crf": str(crf)})
        unfinished.rename(path)
    return path


def decoding(threads: int) -> Way:
    def decode(path: Path) -> int:
        with av.open(str(path)) as container:
            track = container.streams.video[0]
            track.thread_type = "AUTO"
            track.codec_context.thread_count = threads
            return sum(1 for _ in container.decode(track))

    return decode


def surveying(threads: int) -> Way:
    def survey(path: Path) -> object:
        with open_video(path, threads=threads) as stream:
            return survey_video(stream)

    return survey


def adaptive_detector(path: Path) -> object:
    import scenedetect

    return scenedetect.detect(str(path), scenedetect.AdaptiveDetector())


WAYS: dict[str, Way] = {
    "decoding, 1 thread": decoding(1),
    "vid-sense survey, 1 thread": surveying(1),
    "decoding, threads as PyAV chooses": decoding(0),
    "vid-sense survey, threads as PyAV chooses": surveying(0),
    "PySceneDetect AdaptiveDetector": adaptive_detector,
}


def measured(way: Way, path: Path) -> tuple[float, float]:
    """(CPU seconds of all threads, wall seconds)."""
    cpu, wall = time.process_time(), time.perf_counter()
    way(path)
    return time.process_time() - cpu, time.perf_counter() - wall


def print_table(title: str, path: Path, repeats: int) -> None:
    """Ways are taken in turn, so that a busy moment of the machine touches all alike."""
    rows: dict[str, list[tuple[float, float]]] = {}
    for _ in range(repeats):
        for name, way in WAYS.items():
            try:
                rows.setdefault(name, []).append(measured(way, path))
            except ImportError as error:
                print(f"{name} is left out: {error}")
    medians = {name: [statistics.median(c) for c in zip(*runs, strict=True)] for name, runs in rows.items() if runs}
    print(f"\n{title}\n")
    print(
        "| way | CPU s | wall s | CPU / decoding, 1 thread | wall / decoding, same threads |\n|---|---:|---:|---:|---:|"
    )
    single, default = medians["decoding, 1 thread"], medians["decoding, threads as PyAV chooses"]
    for name, (cpu, wall) in medians.items():
        beside = single if "1 thread" in name else default
        print(f"| {name} | {cpu:.2f} | {wall:.2f} | {cpu / single[0]:.2f} | {wall / beside[1]:.2f} |")


def print_profile(path: Path) -> None:
    profile = cProfile.Profile()
    profile.runcall(surveying(1), path)
    pstats.Stats(profile).sort_stats("tottime").print_stats(14)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seconds", type=float, default=40.0, help="length of each drawn film")
    parser.add_argument("--crf", type=int, default=23, help="of the encoder: less keeps more of the grain")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--profile", action="store_true")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()), help="where the films are kept")
    arguments = parser.parse_args()
    for kind in ("calm", "busy"):
        path = film(kind, arguments.seconds, arguments.crf, arguments.folder)
        megabits = path.stat().st_size * 8e-6 / arguments.seconds
        print_table(f"{kind}, {arguments.seconds:g} s, {megabits:.1f} Mbit/s", path, arguments.repeats)
        if arguments.profile:
            print_profile(path)


if __name__ == "__main__":
    main()
