"""What fewer bits cost nano's language model: bytes, right answers, speed, memory. Writes a page, its plot, a JSON.

    python benchmarks/quantization.py [--nano FOLDER] [--clips 400] [--big]

Needs the extras [llama] and [train]. Takes under ten minutes on two cores. `--nano`: as `vidsense train export` writes
it; left out, the package's own. `--big` measures the random 0.5 B model anew too (some minutes, 3 GB of disk and
memory); without it those figures stay as they were.

The questions are the same for every level, and so is what was seen: the towers run once, in float32, and every level
gets the same embeddings. A difference is between answers to the same questions; its interval comes from drawing clips
anew (bootstrap), since questions about one clip are not independent.
"""

import argparse
import json
import platform
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from vidsense.language.llama_folder import convert_folder
from vidsense.language.quantize import KINDS, quantize_file
from vidsense.language.quantize_onnx import quantize_onnx
from vidsense.report.steps.smaller import language_fingerprint
from vidsense.training.world.clip import WorldClip
from vidsense.training.world.questions import Question
from vidsense.training.world.story import tell
from vidsense.vision.nano import nano_folder

sys.path.insert(0, str(Path(__file__).resolve().parent))
from quantization_big import measure_big
from quantization_page import write_page
from quantization_sizes import LLAMA_2_7B, LLAVA_PROJECTOR, MISTRAL_7B, USUAL, parameters, weight_bytes

REPOSITORY = Path(__file__).resolve().parents[1]
MEASURED = REPOSITORY / "src" / "vidsense" / "report" / "measured" / "quantization.json"
LEVEL = Path(__file__).with_name("quantization_level.py")
QUESTIONS_A_CLIP = 6
RESAMPLES = 2000
Asked = list[tuple[int, Question]]
"""The number of the clip, and what is asked about it."""


def clips_and_questions(count: int, nano: Path) -> tuple[np.ndarray, np.ndarray, Asked]:
    """(N, T, H, W, 3) pixels, (N, T) seconds and some questions about each clip of unseen looks."""
    config = json.loads((nano / "config.json").read_text("utf-8"))
    pixels, seconds, asked = [], [], []
    for seed in range(count):
        clip = WorldClip(tell(seed, "looks"))
        frames, _, times = clip.frames(config["frames"], config["height"])
        pixels.append(frames)
        seconds.append(times)
        chosen = np.random.default_rng((23, seed)).permutation(len(clip.questions))[:QUESTIONS_A_CLIP]
        asked += [(seed, clip.questions[i]) for i in chosen]
        if seed % 50 == 49:
            print(f"drawn {seed + 1} of {count} clips", file=sys.stderr)
    return np.stack(pixels), np.stack(seconds), asked


def prefixes(nano: Path, pixels: np.ndarray, seconds: np.ndarray) -> np.ndarray:
    """(N, P, D) float32: what stands before a question, from the towers in float32."""
    import torch
    from safetensors.torch import load_file

    from vidsense.training.nano import Nano, NanoSize, pixels_to_input
    from vidsense.training.speaker import Projector, SpeakerSize

    config = json.loads((nano / "config.json").read_text("utf-8"))
    size = NanoSize(**{name: config[name] for name in NanoSize.__dataclass_fields__})
    model, projector = Nano(size), Projector(size.temporal_dim, SpeakerSize(**config["speaker"]))
    held = {name: tensor.float() for name, tensor in load_file(nano / "nano.safetensors").items()}
    for part, module in (("nano.", model), ("projector.", projector)):
        mine = {name.removeprefix(part): tensor for name, tensor in held.items() if name.startswith(part)}
        missing = module.load_state_dict(mine, strict=False).missing_keys
        assert all(name.endswith("num_batches_tracked") for name in missing), missing
        module.eval()
    found = []
    with torch.no_grad():
        for frames, times in zip(pixels, seconds, strict=True):
            states = model.states(pixels_to_input(torch.from_numpy(frames)))[None]
            told = model.temporal(states, torch.from_numpy(times.astype(np.float32))[None])
            found.append(projector(told, states)[0].numpy())
    return np.stack(found)


def write_work(path: Path, nano: Path, seen: np.ndarray, asked: Asked) -> None:
    """What every level reads."""
    from vidsense.language.nano import load_nano

    model = load_nano(nano)
    ids = [model.ids(question.question) for _, question in asked]
    np.savez(
        path, prefixes=seen, clips=[clip for clip, _ in asked], ids=np.concatenate(ids),
        ends=np.cumsum([len(each) for each in ids]), embed_tokens=model.embed_tokens,
        empty=model.decoder.empty, end_id=model.end_id,
    )  # fmt: skip


def write_levels(nano: Path, folder: Path) -> dict[str, Path]:
    """Level → its file."""
    from vidsense.training.graphs import graph_of_folder

    convert_folder(nano / "language", folder / "source.gguf")
    levels = {}
    for kind in KINDS:
        levels[kind] = folder / f"{kind}.gguf"
        quantize_file(folder / "source.gguf", levels[kind], kind)
    levels["ONNX float32"] = folder / "float32.onnx"
    graph_of_folder(nano / "language", levels["ONNX float32"])
    for kind in ("int8", "int4"):
        levels[f"ONNX {kind}"] = folder / f"{kind}.onnx"
        quantize_onnx(levels["ONNX float32"], levels[f"ONNX {kind}"], kind, levels=63)
    return levels | {"ONNX int8, as shipped": nano / "language.onnx"}


def measured(path: Path, work: Path) -> dict[str, Any]:
    """One level, in a process of its own."""
    out = work.with_suffix(".json")
    command = [sys.executable, str(LEVEL), str(path), str(work), str(out)]
    subprocess.run(command, check=True)
    found: dict[str, Any] = json.loads(out.read_text("utf-8"))
    return found


def judged(answers: Sequence[Sequence[int]], asked: Asked, nano: Path) -> np.ndarray:
    """Whether each answer is right."""
    from vidsense.language.nano import load_nano

    model = load_nano(nano)
    return np.array([question.is_right(model.words(ids)) for ids, (_, question) in zip(answers, asked, strict=True)])


def lost(right: np.ndarray, whole: np.ndarray, clips: np.ndarray) -> dict[str, Any]:
    """Points that a level loses on the same questions, and where that lies with 95 % when clips are drawn anew."""
    number = clips.max() + 1
    counts = np.bincount(clips, minlength=number)
    sums = np.bincount(clips, weights=whole.astype(float) - right, minlength=number)
    drawn = np.random.default_rng(0).integers(0, number, (RESAMPLES, number))
    shares = sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1)
    low, high = np.quantile(shares, [0.025, 0.975])
    return {
        "lost": round(100 * float((whole.astype(float) - right).mean()), 2),
        "lost_interval": [round(100 * float(low), 2), round(100 * float(high), 2)],
        "worse": int((whole & ~right).sum()),
        "better": int((right & ~whole).sum()),
    }


def measure_nano(nano: Path, count: int) -> dict[str, Any]:
    """Every level on the same questions."""
    pixels, seconds, asked = clips_and_questions(count, nano)
    clips = np.array([clip for clip, _ in asked])
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_work(folder / "work.npz", nano, prefixes(nano, pixels, seconds), asked)
        whole = first = None
        for level, path in write_levels(nano, folder).items():
            found = measured(path, folder / "work.npz")
            right = judged(found["answers"], asked, nano)
            whole = right if whole is None else whole
            first = first or found["answers"]
            same = np.mean([one == other for one, other in zip(found["answers"], first, strict=True)])
            row = {
                "level": level, "bytes": found["bytes"], "right": round(float(right.mean()), 4),
                **lost(right, whole, clips), "same_answer": round(float(same), 4),
                "prefill": round(found["prefill"]), "decode": round(found["decode"]),
                "memory_mb": round(found["memory_mb"], 1),
            }  # fmt: skip
            rows.append(row)
            print(json.dumps(row), file=sys.stderr)
    return {
        "clips": count,
        "questions": len(asked),
        "split": "looks",
        "weights": language_fingerprint(nano),
        "rows": rows,
    }


def seven_billion() -> dict[str, Any]:
    """Gigabytes of seven billion parameters, computed, beside those usually quoted."""
    rows = [
        {
            "level": kind, "usual_gb": USUAL.get(kind), "gb": round(weight_bytes(LLAMA_2_7B, kind) / 1e9, 2),
            "bits": round(8 * weight_bytes(LLAMA_2_7B, kind) / parameters(LLAMA_2_7B), 2),
            "mistral_gb": round(weight_bytes(MISTRAL_7B, kind) / 1e9, 2),
        }
        for kind in KINDS
    ]  # fmt: skip
    return {
        "parameters": parameters(LLAMA_2_7B), "mistral_parameters": parameters(MISTRAL_7B),
        "projector_gb": round(2 * LLAVA_PROJECTOR / 1e9, 2), "rows": rows,
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--nano", type=Path, help="a folder of `vidsense train export`; the package's own")
    parser.add_argument("--clips", type=int, default=400)
    parser.add_argument("--big", action="store_true", help="measure the random 0.5 B model anew")
    parser.add_argument("--big-only", action="store_true", help="that one alone")
    parser.add_argument("--out", type=Path, default=REPOSITORY, help="the repository that page and JSON are written to")
    options = parser.parse_args()
    path = options.out / MEASURED.relative_to(REPOSITORY)
    kept = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    if not options.big_only:
        kept["nano"] = measure_nano(options.nano or nano_folder(), options.clips)
    if options.big or options.big_only:
        kept["big"] = measure_big(measured)
    kept |= {"seven_billion": seven_billion(), "made": date.today().isoformat(), "machine": platform.machine()}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(kept, indent=1) + "\n", "utf-8")
    if "nano" in kept:
        write_page(kept, options.out / "docs")
    print(f"{path} and {options.out / 'docs' / 'quantization.md'} are written")


if __name__ == "__main__":
    main()
