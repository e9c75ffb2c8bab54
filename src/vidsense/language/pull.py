"""In: the name of a model. Out: the model on this machine: from Ollama's library, or from the hub. Asked for, never
on its own."""

from collections.abc import Callable
from pathlib import Path

from vidsense.errors import MissingExtraError, ModelError
from vidsense.language.options import ModelOptions

Progress = Callable[[str, float], None]
"""Gets what is done and the share of it."""


def pull(name: str, options: ModelOptions, on_progress: Progress) -> str:
    """Download a model. How it is named afterwards.

    Ollama goes on where it stopped; the hub's client goes on after a broken connection, and keeps files that are whole.

    Raises `ValueError` for what cannot be downloaded, `ModelError` when it fails.
    """
    kind, _, rest = name.partition("/")
    if kind == "ollama" and rest:
        from vidsense.language.ollama import pull_model

        pull_model(rest, options, on_progress)
        return name
    if kind in ("hf", "gguf") and rest.count("/") >= 1:
        return from_hub(kind, rest, on_progress)
    raise ValueError(
        f"{name!r} cannot be downloaded: write ollama/NAME, hf/ORG/NAME or gguf/ORG/NAME/FILE.gguf (a model with its "
        "mmproj file beside it)."
    )


def from_hub(kind: str, name: str, on_progress: Progress) -> str:
    """A model of the hub, in the hub's own cache, where transformers find it."""
    try:
        import huggingface_hub as hub
    except ModuleNotFoundError as error:
        raise MissingExtraError(f"models of the hub need its client: pip install 'vid-sense[{kind}]'.") from error
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    try:
        on_progress(f"{name}: downloading", 0.0)
        if kind == "hf":
            hub.snapshot_download(name, allow_patterns=["*.json", "*.safetensors", "*.jinja", "*.txt", "*.model"])
            return f"hf/{name}"
        repository, _, file = name.rpartition("/")
        beside = [other for other in hub.list_repo_files(repository) if "mmproj" in other and other.endswith(".gguf")]
        for projector in sorted(beside)[:1]:
            hub.hf_hub_download(repository, projector)
        return f"gguf/{Path(hub.hf_hub_download(repository, file))}"
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError, ValueError) as error:
        told = " ".join(str(error).split())
        raise ModelError(f"cannot download {name} from the hub: {told}. Run it again: whole files are kept.") from error
