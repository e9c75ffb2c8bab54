"""In: the name of a model. Out: `Checkpoint`, the folder with its files and what its config says."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from huggingface_hub import snapshot_download

from vidsense.errors import ModelError

KEPT = (".safetensors", ".bin", ".json", ".jinja", ".model")
"""Kinds of files on which an answer depends: weights, tokenizer, template."""


@dataclass(frozen=True)
class Checkpoint:
    """A model on disk, laid out as on the hub."""

    name: str
    """As it was asked for."""
    folder: Path
    config: dict[str, Any]
    """What config.json says."""

    @property
    def model_type(self) -> str:
        """The name of its family in transformers."""
        return str(self.config.get("model_type", ""))

    @property
    def brings_code(self) -> bool:
        """Whether Python files that come with it want to run."""
        return bool(self.config.get("auto_map"))

    @property
    def fingerprint(self) -> str:
        """The same for the same files, without reading them: their names, sizes and times."""
        files = sorted(file for file in self.folder.iterdir() if file.suffix in KEPT)
        stamps = [f"{file.name}:{file.stat().st_size}:{file.stat().st_mtime_ns}" for file in files]
        return hashlib.sha256("\n".join(stamps).encode()).hexdigest()[:16]

    @property
    def older_template(self) -> str | None:
        """The chat template of files from before 2025; newer ones lie where the tokenizer finds them itself."""
        path = self.folder / "chat_template.json"
        return str(read_json(path)["chat_template"]) if path.exists() else None


def checkpoint_of(name: str) -> Checkpoint:
    """The files of a model: of a folder, or of a hub name that was pulled before."""
    folder = Path(name).expanduser()
    if not folder.is_dir():
        folder = cached_folder(name)
    return Checkpoint(name, folder, read_json(folder / "config.json"))


def cached_folder(name: str) -> Path:
    """Where the hub's cache keeps a model."""
    try:
        return Path(snapshot_download(name, local_files_only=True))
    except (OSError, ValueError) as error:  # not there, or no name that the hub could have
        raise ModelError(
            f"there is no folder {name}, and the hub's cache has no such model. Get it with "
            f"`vidsense models pull hf/{name}`."
        ) from error


def read_json(path: Path) -> dict[str, Any]:
    """What a file of a model says."""
    try:
        said = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"cannot read {path}: {error}. Name the folder of a model as the hub has it.") from error
    if not isinstance(said, dict):
        raise ModelError(f"{path} is no config of a model")
    return said
