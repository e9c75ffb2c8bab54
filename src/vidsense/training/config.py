"""In: a TOML file. Out: a `TrainingConfig`, everything that a run of the trainer depends on."""

import tomllib
from dataclasses import dataclass, fields
from importlib.resources import files
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class ClipsConfig:
    """What is drawn."""

    frames: int
    height: int
    clips_a_shard: int
    measured_clips: int
    kept_shards: int


@dataclass(frozen=True)
class SizeConfig:
    """How large the parts are."""

    stem_dim: int
    image_dim: int
    image_depth: int
    image_heads: int
    temporal_dim: int
    temporal_depth: int
    temporal_heads: int


@dataclass(frozen=True)
class SpeakerConfig:
    """How large the language model is."""

    vocabulary: int
    dim: int
    hidden_dim: int
    depth: int
    heads: int


@dataclass(frozen=True)
class TextConfig:
    """How large the text tower and the space are that it shares with frames and clips."""

    text_dim: int
    text_depth: int
    text_heads: int
    embed_dim: int


@dataclass(frozen=True)
class StageConfig:
    """How one stage learns."""

    steps: int
    batch: int
    learning_rate: float
    warmup_steps: int
    pool_shards: int
    shard_steps: int
    measure_every: int


@dataclass(frozen=True)
class TrainingConfig:
    """One run."""

    clips: ClipsConfig
    size: SizeConfig
    speaker: SpeakerConfig
    text: TextConfig
    image: StageConfig
    temporal: StageConfig
    language: StageConfig
    joint: StageConfig
    matching: StageConfig


def read_config(path: Path | None = None) -> TrainingConfig:
    """The file's, or the package's own nano.toml. Raises `ValueError` that names what is wrong."""
    source = path or files("vidsense.training") / "nano.toml"
    try:
        table = tomllib.loads(source.read_text("utf-8"))
    except OSError as error:
        raise ValueError(f"cannot read the config {source}: {error.strerror}.") from error
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{source} is not TOML: {error}.") from error
    parts = {part.name: part.type for part in fields(TrainingConfig)}
    if set(table) != set(parts):
        raise ValueError(f"{source} must have the tables {', '.join(parts)}; it has {', '.join(table)}.")
    made = {name: checked(kind, table[name], f"{source}, table {name}") for name, kind in parts.items()}
    return TrainingConfig(**made)


def checked(kind: Any, values: dict[str, Any], where: str) -> Any:
    """A table with exactly its fields."""
    names = {field.name for field in fields(kind)}
    if set(values) != names:
        odd = ", ".join(sorted(set(values) ^ names))
        raise ValueError(f"{where}: {odd} should not be there, or is missing.")
    return kind(**values)
