"""In: an encoder, a language model, videos with captions. Out: a folder that `--model joined/FOLDER` runs.

joined.pt, log.jsonl, seen/      the checkpoint, the log, the embeddings of the clips: the same command goes on
joined.safetensors, config.json, tokenizer.json   what was trained, and what it joins
adapter/                         LoRA's small matrices in PEFT's format, where they were asked for
language.gguf                    the language model for llama.cpp, the adapter merged, where it was asked for
"""

import json
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import save_file
from torch import nn
from transformers import AutoModelForCausalLM

from vidsense.language.joined import ADAPTER, JOINED, LANGUAGE, WEIGHTS
from vidsense.language.llama_gguf import write_llama_gguf
from vidsense.language.local.weights import quiet
from vidsense.language.quantize import checked_kind, quantize_file
from vidsense.training.device import chosen_device, precision_on
from vidsense.training.joined.data import parted, read_rows
from vidsense.training.joined.looking import Looker
from vidsense.training.joined.model import Joined, JoinedSize, Learner
from vidsense.training.joined.stage import JoinedStage
from vidsense.training.joined.words import Language, load_language
from vidsense.training.run import Schedule, train_stage
from vidsense.vision.encoder import VisionEncoder
from vidsense.vision.load import load_encoder

RUN = "run.json"
"""What a run must agree on with the one that it goes on from."""
WHOLE = {"F32": "float32", "F16": "float16"}
LORA_TARGETS = ["q_proj", "v_proj"]
"""As in Hu et al., 2021."""


@dataclass(frozen=True)
class JoinedPlan:
    """What is joined, from what it learns, and how."""

    encoder: str
    llm: Path
    data: Path
    out: Path
    frames: int = 16
    steps: int = 1000
    batch: int = 16
    learning_rate: float = 1e-3
    held_out: float = 0.1
    """The share of clips that are measured on."""
    lora: int = 0
    """The rank of the language model's adapter; 0: it stays as it is."""
    temporal_dim: int = 512
    temporal_depth: int = 2
    temporal_heads: int = 8
    gguf: str | None = None
    """The kind of GGUF file that is written at the end."""

    def __post_init__(self) -> None:
        if min(self.frames, self.steps, self.batch) < 1 or self.learning_rate <= 0 or self.lora < 0:
            raise ValueError("frames, steps, batch and learning rate must be positive, and the rank not negative.")
        if self.gguf is not None:
            object.__setattr__(self, "gguf", checked_kind(self.gguf))


def train_joined(
    plan: JoinedPlan, *, seconds: float | None = None, threads: int = 1, device: str = "cpu",
    say: Callable[[str], None] = lambda _: None,
) -> bool:  # fmt: skip
    """Train, and write what was learnt so far; whether it is done. Raises `ValueError` and `ModelError`."""
    torch.set_num_threads(threads)
    on = chosen_device(device)
    rows = read_rows(plan.data)
    encoder = load_encoder(plan.encoder, threads=threads)
    language = load_language(plan.llm, on, precision_on(on))
    same_run(plan, encoder, language)
    seen = Looker(encoder, plan.frames, plan.out / "seen").all(rows, say)
    torch.manual_seed(0)
    joined, adapter = Joined(size_of(plan, encoder, language), language.spread), adapter_of(plan, language)
    learner = Learner(joined, learning(adapter))
    learnt, held_out = parted(rows, plan.held_out)
    schedule = Schedule(plan.steps, plan.learning_rate, warmup_steps=min(100, plan.steps // 10 + 1))
    stage = JoinedStage(learner.to(on), language, seen, learnt, schedule, batch=plan.batch, held_out=held_out)
    done = train_stage(stage, plan.out, seconds=seconds, precision=precision_on(on), say=say)
    write_joined(plan, encoder, language, joined)
    if adapter is not None:
        adapter.save_pretrained(str(plan.out / ADAPTER), save_embedding_layers=False)
        (plan.out / ADAPTER / "README.md").unlink(missing_ok=True)  # PEFT's empty model card
    if done and plan.gguf:
        del stage, learner, language, adapter
        write_language(plan, threads)
        say(f"wrote {plan.out / LANGUAGE} ({plan.gguf})")
    return done


def adapter_of(plan: JoinedPlan, language: Language) -> PeftModel | None:
    """LoRA's small matrices, put into the language model beside its own; none where they were not asked for."""
    if not plan.lora:
        return None
    config: Any = LoraConfig
    wanted = config(r=plan.lora, lora_alpha=2 * plan.lora, target_modules=LORA_TARGETS, task_type="CAUSAL_LM")
    adapted: Any = get_peft_model(language.model, wanted)
    model: PeftModel = adapted
    return model


def learning(adapter: PeftModel | None) -> dict[str, nn.Parameter]:
    """What learns of an adapter."""
    named = adapter.named_parameters() if adapter is not None else ()
    return {name: value for name, value in named if value.requires_grad}


def size_of(plan: JoinedPlan, encoder: VisionEncoder, language: Language) -> JoinedSize:
    """The sizes of what is trained."""
    return JoinedSize(encoder.info.embed_dim, language.dim, plan.temporal_dim, plan.temporal_depth, plan.temporal_heads)


def same_run(plan: JoinedPlan, encoder: VisionEncoder, language: Language) -> None:
    """Note what a run is of. Raises `ValueError` where the folder holds a run of something else."""
    now = {
        "encoder": encoder.info.fingerprint, "llm": str(plan.llm.resolve()), "frames": plan.frames, "lora": plan.lora,
        "steps": plan.steps, "batch": plan.batch, "learning_rate": plan.learning_rate, "held_out": plan.held_out,
        "data": str(plan.data.resolve()), **asdict(size_of(plan, encoder, language)),
    }  # fmt: skip
    kept = plan.out / RUN
    if kept.is_file():
        before = json.loads(kept.read_text("utf-8"))
        for name, value in now.items():
            if before.get(name) != value:
                raise ValueError(
                    f"{plan.out} holds a run with {name} {before.get(name)}, not {value}: take another folder."
                )
        return
    plan.out.mkdir(parents=True, exist_ok=True)
    kept.write_text(json.dumps(now, indent=1) + "\n", "utf-8")


def write_joined(plan: JoinedPlan, encoder: VisionEncoder, language: Language, joined: Joined) -> None:
    """What was learnt, in the hub's formats."""
    tensors = {name: value.detach().cpu().contiguous() for name, value in joined.state_dict().items()}
    tensors["before"] = language.embedded(language.wording.before).cpu().contiguous()
    save_file(tensors, plan.out / WEIGHTS)
    shutil.copyfile(plan.llm / "tokenizer.json", plan.out / "tokenizer.json")
    info = encoder.info
    config = {
        "model_type": JOINED,
        "encoder": {"name": plan.encoder, "embed_dim": info.embed_dim, "fingerprint": info.fingerprint},
        "language": {"folder": str(plan.llm.resolve()), "dim": language.dim, "context": language.context},
        "size": asdict(size_of(plan, encoder, language)),
        "frames": plan.frames,
        "lora": plan.lora,
        "wording": asdict(language.wording),
    }
    (plan.out / "config.json").write_text(json.dumps(config, indent=1) + "\n", "utf-8")


def write_language(plan: JoinedPlan, threads: int) -> None:
    """The language model as a GGUF file, its adapter merged; whole or not there."""
    kind = str(plan.gguf)
    begun, out = plan.out / f"{LANGUAGE}.whole", plan.out / LANGUAGE
    try:
        write_whole(plan, begun, WHOLE.get(kind, "float16"))
        if kind in WHOLE:
            begun.replace(out)
        else:
            quantize_file(begun, out, kind, threads=threads)
    finally:
        begun.unlink(missing_ok=True)


def write_whole(plan: JoinedPlan, out: Path, weights: str) -> None:
    """The same with whole numbers, one weight at a time."""
    with quiet():
        model: Any = AutoModelForCausalLM.from_pretrained(plan.llm, dtype=torch.float32)
    if plan.lora:
        model = PeftModel.from_pretrained(model, str(plan.out / ADAPTER)).merge_and_unload()
    tensors = ((name, tensor.detach().numpy().astype(weights)) for name, tensor in model.state_dict().items())
    write_llama_gguf(model.config.to_dict(), tensors, plan.llm / "tokenizer.json", out, name=plan.llm.name)
