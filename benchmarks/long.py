"""Does the cost of a description grow with the length of the video, and its memory not? Prints a Markdown table.

    python benchmarks/long.py               # two hours against their first two minutes
    python benchmarks/long.py --hours 0.5

Two minutes are drawn, shots of five seconds with grain and somebody who walks, and their packets are written again and
again with later times. Each file is described in a process of its own.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import av
from av.packet import Packet

from vidsense.source.synthetic import cut, still, texture, with_noise, with_walker, write_video

FRAME_RATE = 12.0
SIZE = (180, 320)
LOOP_SECONDS = 120.0
SHOT_SECONDS = 5.0
DESCRIBE = """
import resource, sys, time
import vidsense
began, cpu = time.perf_counter(), time.process_time()
account = vidsense.describe(sys.argv[1])
wall, cpu = time.perf_counter() - began, time.process_time() - cpu
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
print(wall, cpu, peak, len(account.shots), len(account.frames))
"""


def loop(folder: Path) -> Path:
    """Two minutes."""
    shots = []
    for i in range(round(LOOP_SECONDS / SHOT_SECONDS)):
        shot = still(texture(SIZE, seed=i), SHOT_SECONDS, frame_rate=FRAME_RATE)
        shot = with_walker(shot, 1.0, 4.0, height_px=50, width_px=22) if i % 2 else shot
        shots.append(with_noise(shot, 2.0, seed=i))
    options = {"preset": "veryfast", "g": "60", "bf": "0"}
    return write_video(cut(*shots), folder / "loop.mp4", options=options)


def repeated(path: Path, times: int) -> Path:
    """The same packets, one loop after the other, without decoding them."""
    out = path.with_name(f"{times}-loops.mp4")
    with av.open(str(path)) as source, av.open(str(out), "w") as target:
        track = source.streams.video[0]
        copy = target.add_stream_from_template(track)
        packets = [(bytes(p), p.pts, p.dts, p.is_keyframe) for p in source.demux(track) if p.size]
        length = round(LOOP_SECONDS / track.time_base)
        for number in range(times):
            for data, pts, dts, is_key in packets:
                packet = Packet(data)
                packet.stream, packet.time_base, packet.is_keyframe = copy, track.time_base, is_key
                packet.pts, packet.dts = pts + number * length, dts + number * length
                target.mux(packet)
    return out


def described(path: Path) -> list[float]:
    """Wall seconds, CPU seconds, peak memory in MB, shots and frames of an account."""
    done = subprocess.run([sys.executable, "-c", DESCRIBE, str(path)], check=True, capture_output=True, text=True)
    return [float(word) for word in done.stdout.split()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--hours", type=float, default=2.0)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        short = loop(Path(name))
        count = max(2, round(arguments.hours * 3600 / LOOP_SECONDS))
        long = repeated(short, count)
        rows = {"2 minutes": described(short), f"{count * LOOP_SECONDS / 3600:g} hours": described(long)}
    print("| video | wall s | CPU s | CPU ms / s of video | peak memory MB | shots | frames |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    for (name, (wall, cpu, peak, shots, frames)), times in zip(rows.items(), (1, count), strict=True):
        each = 1000 * cpu / (times * LOOP_SECONDS)
        print(f"| {name} | {wall:.1f} | {cpu:.1f} | {each:.2f} | {peak:.0f} | {shots:.0f} | {frames:.0f} |")
    (_, cpu_a, peak_a, *_), (_, cpu_b, peak_b, *_) = rows.values()
    print(f"| ratio | | {cpu_b / cpu_a:.1f} for {count} | {cpu_b / cpu_a / count:.2f} | {peak_b / peak_a:.2f} | | |")


if __name__ == "__main__":
    main()
