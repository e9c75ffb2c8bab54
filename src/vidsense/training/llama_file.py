"""In: the trained language model and its tokenizer. Out: a GGUF file that llama.cpp loads and quantizes.

Visual features reach it as embeddings; words as tokens, which llama.cpp splits as nano's own tokenizer does.
"""

from pathlib import Path
from typing import Literal

import numpy as np
from transformers import LlamaForCausalLM

from vidsense.language.llama_gguf import write_llama_gguf


def write_llama_file(
    language: LlamaForCausalLM, tokenizer: Path, out: Path, weights: Literal["float16", "float32"] = "float32"
) -> None:
    """The whole model in one file; `weights`: of its matrices."""
    held = ((name, tensor.detach().float().numpy()) for name, tensor in language.state_dict().items())
    rounded = ((name, weight.astype(np.dtype(weights))) for name, weight in held)
    write_llama_gguf(language.config.to_dict(), rounded, tokenizer, out, name="nano")
