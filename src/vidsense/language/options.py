"""How a model is loaded and served: `ModelOptions`."""

from dataclasses import dataclass

DEFAULT_CONTEXT = 8192
"""Tokens. Servers' own defaults are smaller and cut what is longer in silence; models' own are more than a PC holds."""


@dataclass(frozen=True, kw_only=True)
class ModelOptions:
    """What a user may say about how a model runs. Each back end reads what concerns it."""

    context: int | None = None
    """Tokens; none: what the server or the model says, at most `DEFAULT_CONTEXT` where we decide."""
    picture_size: int | None = None
    """The longer side, in pixels, at which pictures are shown; none: what suits the model."""
    parallel: int = 1
    """How many prompts it gets at once."""
    timeout_seconds: float = 600.0
    """How long nothing may come before the server counts as lost; reading pictures takes minutes on a slow machine."""
    ollama_host: str | None = None
    """Where Ollama listens; none: on this machine, port 11434."""
    keep_alive: str = "10m"
    """How long Ollama keeps the model in memory."""
    api_key: str | None = None
    """For an OpenAI-like server that wants one."""
    threads: int = 0
    """Threads of a model that runs in this process or in one of ours; 0: all cores."""
    gpu_layers: int = -1
    """How many layers of a GGUF model go to the GPU; -1: all that fit."""
    bits: int | None = None
    """4 or 8: quantize a transformers model while loading, where the hardware has it."""
    device: str = "auto"
    """Where a transformers model runs: "auto", "cpu", "cuda" or "mps"."""
    allow_remote: bool = False
    """Whether a server on another machine may be used: frames are sent there."""
    trust_remote_code: bool = False
    """Whether code that comes with a transformers model may run."""

    def __post_init__(self) -> None:
        if self.context is not None and self.context < 1024:
            raise ValueError(f"context must be at least 1024 tokens, got {self.context}")
        if self.picture_size is not None and self.picture_size < 28:
            raise ValueError(f"pictures must be at least 28 pixels wide, got {self.picture_size}")
        if self.parallel < 1 or self.timeout_seconds <= 0:
            raise ValueError(f"parallel and the timeout must be positive, got {self.parallel}, {self.timeout_seconds}")
        if self.bits not in (None, 4, 8):
            raise ValueError(f"bits must be 4 or 8, got {self.bits}")
