"""In: the trained language model and its tokenizer. Out: a GGUF file, in float32, that llama.cpp loads and quantizes.

Visual features reach it as embeddings; words as tokens, which llama.cpp splits as nano's own tokenizer does.
"""

from pathlib import Path

from transformers import LlamaForCausalLM

from vidsense.language.llama_gguf import write_llama_gguf


def write_llama_file(language: LlamaForCausalLM, tokenizer: Path, out: Path) -> None:
    """The whole model in one file."""
    weights = ((name, tensor.detach().float().numpy()) for name, tensor in language.state_dict().items())
    write_llama_gguf(language.config.to_dict(), weights, tokenizer, out, name="nano")
