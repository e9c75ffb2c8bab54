"""What int8 costs nano's embeddings, how well it finds the clip of a sentence, how long it takes. Prints Markdown.

    python benchmarks/nano.py                 # drawn frames, retrieval, times
    python benchmarks/nano.py --videos FOLDER  # and frames of real videos

Float32 is the same weights in torch. The nearest frame is looked for among all others of its kind. Times are of a
drawn clip of five seconds: from the file to the answer, in a process that has answered before (warm), and in a new one
(cold).
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

import vidsense
from vidsense.errors import SourceError
from vidsense.language.nano import NanoModel, load_nano
from vidsense.score import Score
from vidsense.source.file import open_video
from vidsense.source.stream import Frame
from vidsense.source.synthetic import write_video
from vidsense.training.finetune.nano_base import load_nano_base
from vidsense.training.nano import pixels_to_input
from vidsense.training.world.clip import WorldClip
from vidsense.training.world.questions import caption
from vidsense.training.world.story import tell

QUESTION = "What action is taking place?"
AMONG = 100
EQUAL = 1e-6
"""Similarities that differ by less are the same in float32: of frames alike to the last pixel, any is right."""
FRAMES_OF_A_VIDEO = 8
FIVE_SECONDS = (4.9, 5.1)
SIZE = (72, 96)


def drawn_frames(clips: int) -> list[Frame]:
    """Two frames of each clip of unseen looks."""
    pixels = [WorldClip(tell(seed, "looks")).frames(2, SIZE[0])[0] for seed in range(clips)]
    return [Frame(picture, float(i)) for i, picture in enumerate(np.concatenate(pixels))]


def real_frames(folder: Path) -> list[Frame]:
    """Some frames of each video that can be decoded."""
    frames: list[Frame] = []
    for path in sorted(folder.iterdir()):
        if path.suffix in (".json", ".gz", ".md"):
            continue
        try:
            with open_video(path) as stream:
                lasting = stream.info.declared_picture_seconds or 1.0
                times = (np.arange(FRAMES_OF_A_VIDEO) + 0.5) / FRAMES_OF_A_VIDEO * lasting
                frames += stream.frames_at(times.tolist(), SIZE)
        except SourceError as error:
            print(f"left out: {error}", file=sys.stderr)
    return frames


def exact_embeddings(model: NanoModel, frames: Sequence[Frame]) -> np.ndarray:
    """(T, E) by torch in float32."""
    mind, weights = load_nano_base("nano").mind, model.encoder.weights
    with torch.no_grad():
        parts = [
            mind.nano.states(pixels_to_input(torch.from_numpy(np.stack([f.pixels for f in frames[at : at + 32]]))))
            for at in range(0, len(frames), 32)
        ]
    x = torch.cat(parts).numpy()
    x = np.maximum(x @ weights["matching.frame.0.weight"].T + weights["matching.frame.0.bias"], 0.0)
    x = x @ weights["matching.frame.2.weight"].T + weights["matching.frame.2.bias"]
    return np.asarray(x / np.linalg.norm(x, axis=1, keepdims=True))


def cost_of_int8(model: NanoModel, name: str, frames: Sequence[Frame]) -> None:
    exact, int8 = exact_embeddings(model, frames), model.encoder.embed(frames)
    cosine = (exact * int8).sum(axis=1)
    nearest = [(rows @ rows.T - 2 * np.eye(len(rows))).argmax(axis=1) for rows in (exact, int8)]
    alike, rows = exact.astype(np.float64) @ exact.astype(np.float64).T, np.arange(len(exact))
    gap = alike[rows, nearest[0]] - alike[rows, nearest[1]]
    named = float((nearest[0] == nearest[1]).mean())
    same = Score(int((gap <= EQUAL).sum()), len(frames))
    print(
        f"| {name} | {len(frames)} | {cosine.mean():.5f} | {cosine.min():.4f} | {named:.3f} | {same.share:.3f} "
        f"({same.interval[0]:.3f}–{same.interval[1]:.3f}) | {gap.max():.4f} |"
    )


def retrieval(model: NanoModel, split: str, clips: int) -> None:
    """Captions that find their clip among a hundred; another clip with the same caption is as right."""
    found, first, five = [], 0, 0
    for seed in range(clips):
        clip = WorldClip(tell(seed, split))
        pixels, _, times = clip.frames(model.frames, SIZE[0])
        view = model.look(Frame(p, float(t)) for p, t in zip(pixels, times, strict=True))
        found.append((caption(clip.story), view.embedding))
    for at in range(0, clips, AMONG):
        part = found[at : at + AMONG]
        seen, said = np.stack([row for _, row in part]), model.encoder.embed_text([words for words, _ in part])
        for i, order in enumerate((-(said @ seen.T)).argsort(axis=1)):
            right = [part[j][0] == part[i][0] for j in order]
            first, five = first + right[0], five + any(right[:5])
    one, some = Score(first, clips), Score(five, clips)
    print(
        f"| {split} | {clips} | {one.share:.3f} ({one.interval[0]:.3f}–{one.interval[1]:.3f}) "
        f"| {some.share:.3f} ({some.interval[0]:.3f}–{some.interval[1]:.3f}) |"
    )


def clip_of_five_seconds(folder: Path) -> Path:
    for seed in range(1000):
        clip = WorldClip(tell(seed, "looks"))
        if FIVE_SECONDS[0] <= clip.duration_seconds <= FIVE_SECONDS[1]:
            return write_video(clip.drawing(), folder / "clip.mp4")
    raise ValueError("no clip is five seconds long")


def times(model: NanoModel, repeats: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = clip_of_five_seconds(Path(folder))
        command = [sys.executable, "-m", "vidsense", "ask", str(path), QUESTION, "--model", "nano", "--no-cache"]

        def frames_alone() -> None:
            model.answer(vidsense.extract_frames(path, n_frames=model.frames, size=SIZE), QUESTION)

        ways = {
            "`ask`, warm": lambda: vidsense.ask(path, QUESTION, model=model),
            "`ask`, cold: the command": lambda: subprocess.run(command, check=True, capture_output=True),
            "frames to answer, warm": frames_alone,
        }
        print("\n| a clip of 5 s | median s | slowest s |\n|---|---:|---:|")
        for name, way in ways.items():
            way()
            runs = []
            for _ in range(repeats):
                began = time.perf_counter()
                way()
                runs.append(time.perf_counter() - began)
            print(f"| {name} | {statistics.median(runs):.2f} | {max(runs):.2f} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--videos", type=Path, help="a folder of real videos")
    parser.add_argument("--clips", type=int, default=1000)
    parser.add_argument("--repeats", type=int, default=7)
    arguments = parser.parse_args()
    model = load_nano()
    print("| frames | number | mean cosine | lowest | nearest frame the same | or one as near | at most farther by |")
    print("|---|---:|---:|---:|---:|---|---:|")
    cost_of_int8(model, "drawn", drawn_frames(arguments.clips // 5))
    if arguments.videos:
        cost_of_int8(model, "real", real_frames(arguments.videos))
    print("\n| text → video among 100 | clips | recall@1 | recall@5 |\n|---|---:|---|---|")
    for split in ("looks", "backgrounds"):
        retrieval(model, split, arguments.clips)
    times(model, arguments.repeats)


if __name__ == "__main__":
    main()
