"""What is joined in tests: a small random LLaMA in the hub's format, and short videos with captions."""

import json
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast  # noqa: E402

from vidsense.source.synthetic import still, texture, write_video  # noqa: E402
from vidsense.training.tokenizer import END, PAD, START, learn_tokenizer  # noqa: E402

CAPTIONS = [
    "a dog runs in",
    "the door opens",
    "a person pours water",
    "nothing moves",
    "two cars drive by",
    "the lamp goes out",
    "a cat sleeps",
    "a ball falls",
]
QUESTION = "What happens?"
TEMPLATE = "{{ '<s>' }}{% for m in messages %}user: {{ m.content }}\n{% endfor %}answer:"


def llama_folder(folder: Path, *, template: str | None = None, dim: int = 256) -> Path:
    """Random weights, large enough that every token changes what it says; queries share their keys in pairs."""
    tokenizer = learn_tokenizer([*CAPTIONS, QUESTION, "user: answer:"] * 9, 330)
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token=START, eos_token=END, pad_token=PAD)
    fast.chat_template = template
    fast.save_pretrained(folder)
    config = LlamaConfig(
        vocab_size=tokenizer.get_vocab_size(), hidden_size=dim, intermediate_size=2 * dim, num_hidden_layers=2,
        num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=512, bos_token_id=1, eos_token_id=3,
    )  # fmt: skip
    torch.manual_seed(0)
    model = LlamaForCausalLM(config)
    for weight in model.parameters():
        if weight.ndim > 1:
            torch.nn.init.normal_(weight, std=0.06)
    model.save_pretrained(folder)
    return folder


def captioned_videos(folder: Path) -> Path:
    """One second of another picture for each caption."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = []
    for number, caption in enumerate(CAPTIONS):
        write_video(still(texture((72, 96), number), 1.0, frame_rate=8), folder / f"{number}.mp4")
        rows.append({"video": f"{number}.mp4", "question": QUESTION, "answer": caption})
    path = folder / "data.jsonl"
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), "utf-8")
    return path
