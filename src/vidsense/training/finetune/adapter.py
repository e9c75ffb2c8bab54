"""In: a model and a rank. Out: the same model with two small matrices beside some of its own, which alone learn.

A matrix W (out × in) stays as it is; beside it B (out × rank) times A (rank × in) is learnt, and W + scale · B A is
what it does. Written and read in PEFT's format.
"""

import hashlib
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from peft.tuners.lora import LoraLayer
from torch import Tensor, nn


@dataclass(frozen=True)
class AdapterSize:
    """How large the two matrices are, and beside which they stand."""

    rank: int
    targets: str
    """A regular expression of the names of modules."""
    alpha: float | None = None
    """The product is scaled by alpha / rank; twice the rank where it is not said."""
    dropout: float = 0.0

    def __post_init__(self) -> None:
        if self.rank < 1:
            raise ValueError(f"a rank is at least 1, got {self.rank}.")


def adapted(model: nn.Module, size: AdapterSize, base: str, seed: int = 0) -> PeftModel:
    """The model with untrained adapters: A is drawn from the seed, B is zero, so that it does what it did."""
    torch.manual_seed(seed)
    config: Any = LoraConfig
    alpha = size.alpha or 2.0 * size.rank
    wanted = config(r=size.rank, lora_alpha=alpha, lora_dropout=size.dropout, target_modules=size.targets)
    with warnings_of_others():
        peft: Any = get_peft_model(model, wanted)
    peft.peft_config["default"].base_model_name_or_path = base
    found: PeftModel = peft
    return found


def save_adapter(model: PeftModel, folder: Path) -> None:
    """adapter_config.json and adapter_model.safetensors."""
    model.save_pretrained(str(folder), save_embedding_layers=False)
    (folder / "README.md").unlink(missing_ok=True)  # PEFT's empty model card


def with_adapter(model: nn.Module, folder: Path) -> PeftModel:
    """The model with a trained adapter, as `save_adapter` wrote it."""
    with warnings_of_others():
        loaded: PeftModel = PeftModel.from_pretrained(model, str(folder))
    return loaded


def merged(model: PeftModel) -> nn.Module:
    """The model with W + scale · B A in place of W, and no adapter."""
    whole: Any = model
    plain: nn.Module = whole.merge_and_unload()
    return plain


@contextmanager
def warnings_of_others() -> Iterator[None]:
    """Without what PEFT and transformers tell each other about names that will change."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        yield


@dataclass(frozen=True, eq=False)
class Pair:
    """One frozen matrix with its two small ones."""

    name: str
    frozen: Tensor
    """(out, in)."""
    a: Tensor
    """(rank, in)."""
    b: Tensor
    """(out, rank)."""
    scale: float


def pairs_of(model: nn.Module) -> Iterator[Pair]:
    """Every matrix that has an adapter."""
    for name, module in model.named_modules():
        if isinstance(module, LoraLayer) and "default" in module.lora_A:
            layer: Any = module
            a, b = layer.lora_A["default"].weight, layer.lora_B["default"].weight
            plain = name.removeprefix("base_model.model.")
            yield Pair(plain, layer.get_base_layer().weight.detach(), a.detach(), b.detach(), layer.scaling["default"])


def counts_of(model: nn.Module) -> tuple[int, int]:
    """How many numbers learn, and how many there are without the adapters'."""
    learn = sum(p.numel() for p in model.parameters() if p.requires_grad)
    added = sum(p.numel() for name, p in model.named_parameters() if "lora_" in name)
    return learn, sum(p.numel() for p in model.parameters()) - added


def fingerprint_of(model: nn.Module) -> str:
    """Of every weight that is not an adapter's, in any order of names; equal when not a bit changed."""
    digest = hashlib.sha256()
    weights = {
        name.removeprefix("base_model.model.").replace(".base_layer", ""): tensor
        for name, tensor in model.state_dict().items()
        if "lora_" not in name
    }
    for name, tensor in sorted(weights.items()):
        digest.update(name.encode())
        digest.update(tensor.detach().cpu().reshape(-1).view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()
