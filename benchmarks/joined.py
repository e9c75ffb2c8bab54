"""What `vidsense train joined` takes at real size: `python benchmarks/joined.py`. Prints a table as Markdown.

Measured: a step of training through a frozen language model of real shape with random weights (what they are changes
neither time nor memory), with the temporal transformer and the projector at their usual size; in a process of its own,
so that the peak of memory is its own. Computed from that, and said so: other sizes (time and memory grow with the
parameters, memory at most so), and hours for so many clips.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

FRAMES, WORDS = 16, 40
"""Of each clip; tokens of a question with its answer."""
SHAPES = {
    "0.1 B": {"hidden_size": 768, "intermediate_size": 2048, "num_hidden_layers": 12, "num_attention_heads": 12},
    "0.5 B": {"hidden_size": 1280, "intermediate_size": 3456, "num_hidden_layers": 22, "num_attention_heads": 20},
}
COMPUTED = (1.1, 1.5, 7.0)
"""Billions of parameters to which the largest measured size is carried over."""


def measure(name: str, batch: int, steps: int) -> dict[str, float]:
    """Seconds a step and peak memory of training through a random model of this shape; runs in a process of its own."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM

    from vidsense.language.joined import Wording
    from vidsense.training.joined.data import Row
    from vidsense.training.joined.looking import Seen
    from vidsense.training.joined.model import Joined, JoinedSize, Learner
    from vidsense.training.joined.stage import JoinedStage
    from vidsense.training.joined.words import Language
    from vidsense.training.rows import Clip
    from vidsense.training.run import Schedule

    torch.set_num_threads(1)
    model = LlamaForCausalLM(LlamaConfig(vocab_size=32000, tie_word_embeddings=True, **SHAPES[name]))
    model.requires_grad_(False).eval()
    weights = sum(p.numel() for p in model.parameters())
    words = Tokenizer(models.WordLevel({"w": 5, "?": 6}, unk_token="?"))
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    language = Language(Path(), model, words, Wording("", "{question}", "", 2))
    clips = [Clip(Path(str(i))) for i in range(batch)]
    rng = np.random.default_rng(0)
    seconds = np.arange(FRAMES, dtype=np.float32)
    seen = {clip: Seen(rng.normal(size=(FRAMES, 512)).astype(np.float32) / 23, seconds) for clip in clips}
    learner = Learner(Joined(JoinedSize(512, SHAPES[name]["hidden_size"]), language.spread), {})
    text = "w " * (WORDS // 2)
    rows = [Row(clip, text, text) for clip in clips]
    stage = JoinedStage(learner, language, seen, rows, Schedule(steps, 1e-3), batch=batch, held_out=[])
    optimizer = torch.optim.AdamW(learner.parameters())
    times = []
    for step in range(steps + 1):
        began = time.process_time()
        sum(stage.losses(step).values()).backward()
        optimizer.step()
        optimizer.zero_grad()
        times.append(time.process_time() - began)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return {"parameters": weights, "seconds": min(times[1:]), "peak": peak}


def main() -> None:
    """Measure, compute, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--one", choices=SHAPES)
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--steps", type=int, default=2)
    parser.add_argument("--clips", type=int, default=10_000)
    parser.add_argument("--epochs", type=int, default=3)
    told = parser.parse_args()
    if told.one:
        print(json.dumps(measure(told.one, told.batch, told.steps)))
        return
    print(f"{told.batch} clips a step, {FRAMES} frames and {WORDS} tokens each, one thread, float32; "
          f"hours for {told.clips} clips, {told.epochs} times each.\n")  # fmt: skip
    print("| language model | | s a clip | peak memory GiB | hours |\n|---|---|---|---|---|")
    last = {}
    for name in SHAPES:
        command = [sys.executable, __file__, "--one", name, "--batch", str(told.batch), "--steps", str(told.steps)]
        last = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        print(
            row(
                last["parameters"],
                "measured",
                last["seconds"] / told.batch,
                last["peak"],
                looks=told.clips * told.epochs,
            )
        )
    rate, beside = last["seconds"] / told.batch / last["parameters"], last["peak"] - 4 * last["parameters"] / 2**30
    for billions in COMPUTED:
        scale = billions * 1e9 / last["parameters"]
        peak = 4 * billions * 1e9 / 2**30 + beside * scale  # at most: activations grow less than weights
        print(row(billions * 1e9, "computed", rate * billions * 1e9, peak, looks=told.clips * told.epochs))


def row(parameters: float, how: str, seconds: float, peak: float, *, looks: int) -> str:
    """A line of the table."""
    return f"| {parameters / 1e9:.2f} B | {how} | {seconds:.2f} | {peak:.1f} | {seconds * looks / 3600:.1f} |"


if __name__ == "__main__":
    main()
