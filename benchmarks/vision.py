"""How quick are the encoders, and how much memory does a long video take? Prints Markdown tables.

    python benchmarks/vision.py [--threads 2] [--repeats 9]

ViT-B/16 at 224 pixels with random weights: transformers' own class on torch (sdpa) beside our graphs on ONNX Runtime,
by turns in one run. The int8 peak is the best rate of a product of two large int8 matrices on the same threads.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnxruntime

from vidsense.source.stream import Frame
from vidsense.source.synthetic import demo_drawing, plain, with_noise, write_video
from vidsense.vision.build import build_encoder
from vidsense.vision.graph import Graph
from vidsense.vision.load import load_encoder

PEAK_SIDES = (1024, 2048)
MINUTES = (1, 60)


def checkpoint(folder: Path, *, depth: int = 12) -> Path:
    """CLIP ViT-B/16 as it is published, with random weights."""
    import torch
    from transformers import CLIPConfig, CLIPModel, CLIPTextConfig, CLIPVisionConfig

    torch.manual_seed(0)
    vision = CLIPVisionConfig(patch_size=16, projection_dim=512, num_hidden_layers=depth)
    text = CLIPTextConfig(num_hidden_layers=1, vocab_size=64, eos_token_id=63, bos_token_id=62, pad_token_id=0)
    CLIPModel(CLIPConfig(text_config=text.to_dict(), vision_config=vision.to_dict())).save_pretrained(folder)
    return folder


def milliseconds(ways: dict[str, Callable[[], object]], repeats: int) -> dict[str, float]:
    """The median of each, run by turns."""
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for round_ in range(repeats + 1):
        for name, way in ways.items():
            began = time.perf_counter()
            way()
            if round_:
                taken[name].append(1e3 * (time.perf_counter() - began))
    return {name: statistics.median(times) for name, times in taken.items()}


def int8_peak(threads: int) -> float:
    """10⁹ operations a second of the quickest large int8 product."""
    best = 0.0
    for side in PEAK_SIDES:
        graph = Graph({}, fused=True, levels=63)
        rows = np.random.default_rng(0).standard_normal((side, side)).astype(np.float32)
        graph.name(graph.linear("pixels", "peak", rows, None), "sums")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        model = graph.model({"pixels": [side, side]}, {"sums": [side, side]}).SerializeToString()
        session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        times = []
        for _ in range(8):
            began = time.perf_counter()
            session.run(None, {"pixels": rows})
            times.append(time.perf_counter() - began)
        best = max(best, 2e-9 * side**3 / min(times))
    return best


def speed(threads: int, repeats: int, folder: Path) -> None:
    """The table of milliseconds."""
    import torch
    from transformers import CLIPModel

    torch.set_num_threads(threads)
    source = checkpoint(folder / "checkpoint")
    rng = np.random.default_rng(0)
    frames = [Frame(rng.integers(0, 256, (224, 398, 3), dtype=np.uint8), float(i)) for i in range(8)]
    build_encoder(source, folder / "encoder", "clip-vit-b16", frames)
    model = CLIPModel.from_pretrained(source, attn_implementation="sdpa").eval()
    encoders = {name: load_encoder(folder / "encoder", precision=name, threads=threads) for name in ("float32", "int8")}
    prepare = encoders["int8"].preprocessing  # type: ignore[attr-defined]
    pixels = np.stack([prepare.network_input(prepare.seen(frame.pixels)) for frame in frames])

    def by_torch(count: int) -> None:
        with torch.inference_mode():
            model.get_image_features(pixel_values=torch.from_numpy(pixels[:count]))

    gigaflops = encoders["int8"].info.gigaflops or 0.0
    peak = int8_peak(threads)
    print(f"{threads} threads, {gigaflops:.1f} GFLOP a frame; int8 peak {peak:.0f} GOP/s.\n")
    print("| way | ms a frame, one at a time | against torch | of the int8 peak | ms a frame, eight at a time |")
    print("|---|---:|---:|---:|---:|")
    ways: dict[str, dict[str, float]] = {}
    for count in (1, 8):
        run: dict[str, Callable[[], object]] = {"transformers, torch sdpa, float32": lambda n=count: by_torch(n)}
        for name, encoder in encoders.items():
            run[f"vid-sense, ONNX Runtime, {name}"] = lambda e=encoder, n=count: e.run_pictures(pixels[:n])  # type: ignore[attr-defined]
        for name, taken in milliseconds(run, repeats if count == 1 else max(3, repeats // 3)).items():
            ways.setdefault(name, {})[count] = taken / count  # type: ignore[index]
    usual = next(iter(ways.values()))[1]  # type: ignore[index]
    for name, taken in ways.items():
        share = f"{1e3 * gigaflops / taken[1] / peak:.2f}" if "int8" in name else ""  # type: ignore[index]
        print(f"| {name} | {taken[1]:.0f} | {usual / taken[1]:.2f}× | {share} | {taken[8]:.0f} |")  # type: ignore[index]


def peak_memory(encoder: Path, video: Path) -> tuple[int, int]:
    """Frames embedded, and the most MB that a process of its own took for it."""
    done = subprocess.run(
        [sys.executable, __file__, "--embed", str(encoder), str(video)], check=True, capture_output=True, text=True
    )
    said = json.loads(done.stdout)
    return said["frames"], said["megabytes"]


def embed(encoder: Path, video: Path) -> None:
    """Embed a video at one frame a second, and say what it took."""
    from vidsense.source.file import open_video

    loaded = load_encoder(encoder, threads=1)
    with open_video(video) as stream:
        size = loaded.decoding_size(stream.info.height, stream.info.width)
        rows = loaded.embed(stream.iter_frames(size))
    status = Path("/proc/self/status").read_text("utf-8").splitlines()  # what it took since it was itself: Linux only
    kilobytes = next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
    print(json.dumps({"frames": len(rows), "megabytes": kilobytes // 1024}))


def memory(folder: Path) -> None:
    """The table of memory: drawn video of one frame a second, through a picture tower of one layer."""
    source = checkpoint(folder / "small", depth=1)
    drawn = write_video(demo_drawing(), folder / "demo.mp4")
    from vidsense.frames.extract import extract_frames

    build_encoder(source, folder / "shallow", "shallow", list(extract_frames(drawn, 4)))
    print("\n| video at one frame a second | frames | peak MB |")
    print("|---|---:|---:|")
    for minutes in MINUTES:
        drawing = with_noise(plain((360, 640), 60.0 * minutes, (90, 90, 90), frame_rate=1.0), 8.0)
        frames, megabytes = peak_memory(folder / "shallow", write_video(drawing, folder / f"{minutes}.mp4"))
        print(f"| {minutes} min | {frames:,} | {megabytes} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--embed", nargs=2, type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.embed:
        embed(*arguments.embed)
        return
    with tempfile.TemporaryDirectory() as folder:
        speed(arguments.threads, arguments.repeats, Path(folder))
        memory(Path(folder))


if __name__ == "__main__":
    main()
