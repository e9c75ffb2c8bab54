"""Is a small walker in a long static video seen, and how soon? Prints a Markdown table.

    python benchmarks/blind_spot.py

60 s of a fixed camera at 640×360 with grain; somebody of 40×90 pixels crosses from 30 to 36 s.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from vidsense.source.synthetic import blind_spot_drawing, write_video

SPAN = (30.0, 36.0)


def described(path: Path, sampling: str) -> tuple[float, list[float]]:
    """Wall seconds of the whole command, and when its frames are shown."""
    command = [
        sys.executable,
        "-m",
        "vidsense",
        "describe",
        str(path),
        "--sampling",
        sampling,
        "--json",
        "--quiet",
        "--no-cache",
        "--model",
        "none",
    ]
    began = time.perf_counter()
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    wall = time.perf_counter() - began
    return wall, [frame["t"] for frame in json.loads(done.stdout)["frames"] if frame["chosen"]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--repeats", type=int, default=5)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = write_video(blind_spot_drawing(), Path(folder) / "blind_spot.mp4")
        print("| sampling | frames | of them with the walker | at 0 s | `vidsense describe`, wall s |")
        print("|---|---:|---:|---|---:|")
        for sampling in ("adaptive", "uniform", "keyframe"):
            runs = [described(path, sampling) for _ in range(arguments.repeats)]
            times = runs[0][1]
            seen = sum(SPAN[0] <= t < SPAN[1] for t in times)
            wall = statistics.median(wall for wall, _ in runs)
            print(f"| {sampling} | {len(times)} | {seen} | {'yes' if 0.0 in times else 'no'} | {wall:.2f} |")


if __name__ == "__main__":
    main()
