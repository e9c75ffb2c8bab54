"""In: a LLaMA's config and weights under transformers' names, its tokenizer.json. Out: the same as one GGUF file.

The weights keep their precision; only norms and biases, which are small, become float32 as llama.cpp wants them.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from vidsense.errors import MissingExtraError, ModelError
from vidsense.language.gguf_tokenizer import add_tokenizer
from vidsense.language.llama import INSTALL

OUTER = {
    "model.embed_tokens.weight": "token_embd.weight",
    "model.norm.weight": "output_norm.weight",
    "lm_head.weight": "output.weight",
}
INNER = {
    "input_layernorm": "attn_norm", "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v", "self_attn.o_proj": "attn_output", "post_attention_layernorm": "ffn_norm",
    "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down",
}  # fmt: skip
"""Of a layer: transformers' name → llama.cpp's."""
FAMILIES = ("llama", "mistral")
Config = Mapping[str, Any]
"""What config.json says."""


def write_llama_gguf(
    config: Config, weights: Iterable[tuple[str, np.ndarray]], tokenizer: Path, out: Path, *, name: str = "llama"
) -> None:
    """The whole model in one file. `weights`: float32, float16, or bfloat16 as its bits in uint16.

    Raises `ModelError` for a model that is not of LLaMA's form, `MissingExtraError` without the gguf package.
    """
    try:
        from gguf import GGMLQuantizationType, GGUFWriter
    except ModuleNotFoundError as error:
        raise MissingExtraError(f"writing GGUF files needs the gguf package: {INSTALL}.") from error
    check_form(config)
    writer = GGUFWriter(out, "llama")
    try:
        writer.add_name(name)
        add_sizes(writer, config)
        add_tokenizer(writer, tokenizer, config)
        for weight_name, weight in weights:
            if weight_name.endswith("rotary_emb.inv_freq"):
                continue  # computed anew from the base
            if weight_name == "lm_head.weight" and config.get("tie_word_embeddings"):
                continue  # the same weights as those that words come in by
            values = ready(weight_name, weight, config)
            if values.dtype == np.uint16:
                values = np.ascontiguousarray(values).view(np.uint8)
                writer.add_tensor(llama_name(weight_name), values, raw_dtype=GGMLQuantizationType.BF16)
            else:
                writer.add_tensor(llama_name(weight_name), values)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
    finally:
        writer.close()


def check_form(config: Config) -> None:
    """Raises `ModelError` for what would be another model in llama.cpp than it is in transformers."""
    family = config.get("model_type")
    if family not in FAMILIES:
        raise ModelError(f"config.json says model_type {family!r}; {' and '.join(FAMILIES)} can be written as GGUF.")
    if config.get("hidden_act", "silu") != "silu":
        raise ModelError(f"config.json says hidden_act {config['hidden_act']!r}; only silu can be written as GGUF.")
    if config.get("sliding_window"):
        raise ModelError(f"config.json says sliding_window {config['sliding_window']}, which is not supported here.")
    rope = rope_of(config)
    kind = rope.get("rope_type") or rope.get("type") or "default"
    if kind not in ("default", "linear"):
        raise ModelError(f"config.json says rope_type {kind!r}; default and linear can be written as GGUF.")


def rope_of(config: Config) -> Mapping[str, Any]:
    """How positions turn, in transformers' new form or its old one."""
    old = {"rope_theta": config.get("rope_theta", 10000.0), **(config.get("rope_scaling") or {})}
    return config.get("rope_parameters") or old


def add_sizes(writer: Any, config: Config) -> None:
    """Depth, widths, heads, positions."""
    heads = config["num_attention_heads"]
    head_dim, rope = head_dim_of(config), rope_of(config)
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_vocab_size(config["vocab_size"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(heads)
    writer.add_head_count_kv(config.get("num_key_value_heads") or heads)
    writer.add_rope_dimension_count(head_dim)
    writer.add_key_length(head_dim)
    writer.add_value_length(head_dim)
    writer.add_rope_freq_base(rope.get("rope_theta", 10000.0))
    writer.add_layer_norm_rms_eps(config.get("rms_norm_eps", 1e-6))
    if "factor" in rope:
        writer.add_string("llama.rope.scaling.type", "linear")
        writer.add_float32("llama.rope.scaling.factor", float(rope["factor"]))


def head_dim_of(config: Config) -> int:
    """The width of one attention head."""
    return int(config.get("head_dim") or config["hidden_size"] // config["num_attention_heads"])


def ready(name: str, weight: np.ndarray, config: Config) -> np.ndarray:
    """A weight as llama.cpp has it."""
    if ".q_proj." in name or ".k_proj." in name:
        weight = interleaved(weight, head_dim_of(config))
    if weight.ndim > 1:
        return weight
    if weight.dtype == np.uint16:
        return (weight.astype(np.uint32) << 16).view(np.float32)
    return weight.astype(np.float32)


def llama_name(name: str) -> str:
    """llama.cpp's name of a weight. Raises `ModelError` for one that a LLaMA has not.

    >>> llama_name("model.layers.2.self_attn.q_proj.weight")
    'blk.2.attn_q.weight'
    """
    if name in OUTER:
        return OUTER[name]
    _, _, layer, *inner, ending = name.split(".") if name.startswith("model.layers.") else ("", "", "", name)
    if ".".join(inner) not in INNER:
        raise ModelError(f"the weights have {name}, which a LLaMA has not.")
    return f"blk.{layer}.{INNER['.'.join(inner)]}.{ending}"


def interleaved(weight: np.ndarray, head_dim: int) -> np.ndarray:
    """Rotary pairs side by side, as llama.cpp has them; transformers has all first halves, then all second ones.

    The rows of a matrix (out, in), or a bias (out,).
    """
    halves = weight.reshape(-1, 2, head_dim // 2, *weight.shape[1:])
    return np.ascontiguousarray(halves.swapaxes(1, 2).reshape(weight.shape))
