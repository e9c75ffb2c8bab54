"""Half a billion random weights: what they say means nothing, their bytes and their speed are a real model's."""

import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from vidsense.language.llama_gguf import write_llama_gguf
from vidsense.language.quantize import quantize_file, weights_in

sys.path.insert(0, str(Path(__file__).resolve().parent))
from quantization_sizes import Shape, parameters, weight_bytes

SHAPE = Shape(dim=1280, hidden=3584, depth=24, heads=20, kv_heads=4, vocabulary=49152, tied=True)
KINDS = ("F16", "Q8_0", "Q6_K", "Q4_K_M", "Q3_K_M", "Q2_K")
CONFIG = {
    "model_type": "llama", "hidden_size": SHAPE.dim, "intermediate_size": SHAPE.hidden,
    "num_hidden_layers": SHAPE.depth, "num_attention_heads": SHAPE.heads, "num_key_value_heads": SHAPE.kv_heads,
    "vocab_size": SHAPE.vocabulary, "max_position_embeddings": 2048, "tie_word_embeddings": True,
    "bos_token_id": 1, "eos_token_id": 2,
}  # fmt: skip


def random_weights() -> Iterator[tuple[str, np.ndarray]]:
    """Under transformers' names."""
    rng = np.random.default_rng(0)
    kv = SHAPE.kv_dim
    yield "model.embed_tokens.weight", some(rng, SHAPE.vocabulary, SHAPE.dim)
    yield "model.norm.weight", np.ones(SHAPE.dim, np.float32)
    for layer in range(SHAPE.depth):
        sizes = {
            "self_attn.q_proj": (SHAPE.dim, SHAPE.dim), "self_attn.k_proj": (kv, SHAPE.dim),
            "self_attn.v_proj": (kv, SHAPE.dim), "self_attn.o_proj": (SHAPE.dim, SHAPE.dim),
            "mlp.gate_proj": (SHAPE.hidden, SHAPE.dim), "mlp.up_proj": (SHAPE.hidden, SHAPE.dim),
            "mlp.down_proj": (SHAPE.dim, SHAPE.hidden),
        }  # fmt: skip
        for name, size in sizes.items():
            yield f"model.layers.{layer}.{name}.weight", some(rng, *size)
        for name in ("input_layernorm", "post_attention_layernorm"):
            yield f"model.layers.{layer}.{name}.weight", np.ones(SHAPE.dim, np.float32)


def some(rng: np.random.Generator, out: int, into: int) -> np.ndarray:
    return (rng.standard_normal((out, into), np.float32) * 0.02).astype(np.float16)


def write_tokenizer(path: Path) -> Path:
    """The smallest that is one."""
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=300, special_tokens=["<unk>", "<s>", "</s>"], initial_alphabet=alphabet)
    tokenizer.train_from_iterator(["a person"], trainer)
    tokenizer.save(str(path))
    return path


def measure_big(measured: Callable[[Path, Path], dict[str, Any]]) -> dict[str, Any]:
    """Each level: bytes, tokens a second, memory. Every computed size is compared with the file's."""
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = folder / "F16-source.gguf"
        write_llama_gguf(CONFIG, random_weights(), write_tokenizer(folder / "tokenizer.json"), source)
        np.savez(folder / "work.npz", none=0)
        for kind in KINDS:
            path = folder / f"{kind}.gguf"
            quantize_file(source, path, kind, threads=2)
            held = sum(weight.bytes for weight in weights_in(path))
            assert held == weight_bytes(SHAPE, kind), f"{kind}: {held} bytes, computed {weight_bytes(SHAPE, kind)}"
            found = measured(path, folder / "work.npz")
            row = {
                "level": kind, "bytes": found["bytes"], "bits": round(8 * held / parameters(SHAPE), 2),
                "prefill": round(found["prefill"], 1), "decode": round(found["decode"], 1),
                "memory_mb": round(found["memory_mb"]),
            }  # fmt: skip
            rows.append(row)
            path.unlink()
            print(json.dumps(row), file=sys.stderr)
    return {"parameters": parameters(SHAPE), "rows": rows}
