"""A nano of a few thousand random weights, in the format of `vidsense train export`, and clips of plain colours."""

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("peft")

from safetensors.torch import save_file  # noqa: E402

from vidsense.source.synthetic import Drawing, write_video  # noqa: E402
from vidsense.training.nano import Nano, NanoSize  # noqa: E402
from vidsense.training.speaker import Speaker, SpeakerSize  # noqa: E402
from vidsense.training.tokenizer import learn_tokenizer  # noqa: E402

SIZE = NanoSize(stem_dim=8, image_dim=16, image_heads=2, temporal_dim=32, temporal_depth=1, temporal_heads=2)
LINES = ["What action is taking place?", "it is red", "it is blue", "it is green", "What colour is it?"] * 5


def write_tiny_nano(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = learn_tokenizer(LINES, 300)
    size = SpeakerSize(vocabulary=tokenizer.get_vocab_size(), dim=32, hidden_dim=48, depth=2, heads=2)
    with torch.random.fork_rng([]):
        torch.manual_seed(0)
        nano, speaker = Nano(SIZE), Speaker(SIZE.temporal_dim, size)
        for weight in speaker.parameters():
            if weight.ndim > 1:
                weight.data.normal_(std=0.1)
    weights = {f"nano.{name}": t for name, t in nano.state_dict().items() if t.is_floating_point()}
    weights |= {f"projector.{name}": t for name, t in speaker.projector.state_dict().items()}
    save_file({name: tensor.contiguous() for name, tensor in weights.items()}, folder / "nano.safetensors")
    speaker.language.save_pretrained(folder / "language")
    tokenizer.save(str(folder / "tokenizer.json"))
    config = {"model_type": "vidsense-nano", "frames": 4, **asdict(SIZE), "speaker": asdict(size), "text": {}}
    (folder / "config.json").write_text(json.dumps(config), "utf-8")
    (folder / "image.onnx").write_bytes(b"as it was")
    return folder


def write_clips(folder: Path, count: int = 6) -> Path:
    """Clips of one colour each, and questions.jsonl."""
    folder.mkdir(parents=True, exist_ok=True)
    colours = {"red": (220, 30, 30), "blue": (30, 30, 220), "green": (20, 200, 20)}
    rows = []
    for i in range(count):
        name = list(colours)[i % len(colours)]
        pixels = np.full((48, 64, 3), colours[name], np.uint8)
        write_video(Drawing((48, 64), 10.0, 0.6, lambda _, pixels=pixels: pixels), folder / f"{i}.mp4")
        rows.append({"video": f"{i}.mp4", "question": "What colour is it?", "answer": f"it is {name}"})
    (folder / "questions.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return folder
