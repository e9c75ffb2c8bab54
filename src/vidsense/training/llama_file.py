"""In: a language model of the LLaMA class. Out: a GGUF file that llama.cpp loads and quantizes.

Visual features reach it as embeddings; words as tokens, which llama.cpp splits as nano's own tokenizer does. Another
model's tokenizer stays beside the file: whoever uses it hands over tokens.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
from gguf import GGUFWriter, TokenType
from transformers import LlamaForCausalLM

from vidsense.training.tokenizer import END_ID, PAD_ID, SPECIAL, START_ID

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


def write_llama_file(
    language: LlamaForCausalLM, tokenizer: Path | None, out: Path, weights: str = "float32", name: str = "nano"
) -> None:
    """The whole model in one file; `weights`: float32 or float16, of its matrices; `tokenizer`: nano's own, or none.

    Raises `ValueError` for what llama.cpp would compute otherwise.
    """
    config: Any = language.config
    if reason := unlike(config):
        raise ValueError(f"{name} cannot be written for llama.cpp: {reason}.")
    writer = GGUFWriter(out, "llama")
    writer.add_name(name)
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_rope_dimension_count(config.hidden_size // config.num_attention_heads)
    writer.add_rope_freq_base(config.rope_parameters["rope_theta"])
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    if tokenizer is None:
        writer.add_tokenizer_model("none")
        writer.add_vocab_size(config.vocab_size)
    else:
        add_tokenizer(writer, tokenizer)
    heads = {"q_proj.weight": config.num_attention_heads, "k_proj.weight": config.num_key_value_heads}
    for weight_name, tensor in language.state_dict().items():
        if weight_name == "lm_head.weight" and config.tie_word_embeddings:
            continue  # the same weights as those that words come in by
        weight = tensor.detach().cpu().float().numpy()
        if weight.ndim == 2:
            weight = weight.astype(weights)
        for ending, count in heads.items():
            weight = interleaved(weight, count) if weight_name.endswith(ending) else weight
        writer.add_tensor(llama_name(weight_name), weight)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def unlike(config: Any) -> str:
    """What of a model the file could not say; nothing where there is none."""
    if config.model_type != "llama":
        return f"it is of the class {config.model_type}, and only LLaMA's is known here"
    if (kind := config.rope_parameters.get("rope_type", "default")) != "default":
        return f"its positions are scaled ({kind}), which is not known here"
    if getattr(config, "attention_bias", False) or getattr(config, "mlp_bias", False):
        return "its matrices have biases"
    head_dim = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    if head_dim * config.num_attention_heads != config.hidden_size:
        return f"{config.num_attention_heads} heads of {head_dim} do not make its width of {config.hidden_size}"
    return ""


def llama_name(name: str) -> str:
    """llama.cpp's name of a weight.

    >>> llama_name("model.layers.2.self_attn.q_proj.weight")
    'blk.2.attn_q.weight'
    """
    if name in OUTER:
        return OUTER[name]
    _, _, layer, *inner, ending = name.split(".")
    return f"blk.{layer}.{INNER['.'.join(inner)]}.{ending}"


def interleaved(weight: np.ndarray, heads: int) -> np.ndarray:
    """Rotary pairs side by side, as llama.cpp has them; transformers has all first halves, then all second ones."""
    out, into = weight.shape
    return np.ascontiguousarray(weight.reshape(heads, 2, out // heads // 2, into).swapaxes(1, 2).reshape(out, into))


def add_tokenizer(writer: GGUFWriter, path: Path) -> None:
    """Byte-level BPE under the name that llama.cpp knows it by."""
    model = json.loads(path.read_text("utf-8"))["model"]
    tokens = sorted(model["vocab"], key=model["vocab"].get)
    merges = [each if isinstance(each, str) else " ".join(each) for each in model["merges"]]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(tokens)
    writer.add_token_types([TokenType.CONTROL if token in SPECIAL else TokenType.NORMAL for token in tokens])
    writer.add_token_merges(merges)
    writer.add_bos_token_id(START_ID)
    writer.add_eos_token_id(END_ID)
    writer.add_pad_token_id(PAD_ID)
    writer.add_add_bos_token(False)
    writer.add_add_space_prefix(True)
