"""In: the name of a model. Out: the model, ready to be asked. Each back end is imported only when it is named."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from vidsense.errors import ModelError
from vidsense.language.model import LanguageModel
from vidsense.language.options import ModelOptions
from vidsense.vision.encoder import NANO

PROBE_SECONDS = 0.3
AUTO, NONE = "auto", "none"
KINDS = (
    "ollama/NAME, openai/URL#NAME, gguf/FILE.gguf, hf/NAME-or-FOLDER, joined/FOLDER, nano, nano/FOLDER, none or auto"
)


def load_model(name: str, options: ModelOptions | None = None) -> LanguageModel:
    """The model of this name. Raises `ValueError` for a name of no known form, `ModelError` when it cannot be had."""
    options = options or ModelOptions()
    kind, rest = parts_of(name)
    if kind == NANO:
        from vidsense.language.nano import load_nano

        return load_nano(rest or None)
    if kind == "joined":
        from vidsense.language.joined import JoinedModel

        return JoinedModel(Path(rest), options)
    if kind == "ollama":
        from vidsense.language.ollama import OllamaModel

        return OllamaModel(rest, options)
    if kind == "openai":
        from vidsense.language.openai import OpenAIModel

        url, _, model = rest.partition("#")
        return OpenAIModel(url, model or None, options)
    if kind == "gguf":
        from vidsense.language.gguf import GGUFModel

        return GGUFModel(Path(rest), options)
    from vidsense.language.local import load_local

    return load_local(rest, options)


def parts_of(name: str) -> tuple[str, str]:
    """The back end that a name means, and what is named there.

    >>> parts_of("hf/HuggingFaceTB/SmolVLM2-2.2B-Instruct")
    ('hf', 'HuggingFaceTB/SmolVLM2-2.2B-Instruct')
    """
    kind, _, rest = name.partition("/")
    if name != NANO and (not rest or kind not in ("ollama", "openai", "gguf", "hf", "joined", NANO)):
        raise ValueError(f"there is no model {name!r}: write {KINDS}.")
    return kind, rest


@contextmanager
def opened(model: str | LanguageModel, options: ModelOptions | None = None) -> Iterator[LanguageModel | None]:
    """The model that is named, closed afterwards; one that was loaded before stays open; nothing for "none"."""
    if not isinstance(model, str):
        yield model
        return
    name = found_model(options) if model == AUTO else model
    if name is None or name == NONE:
        yield None
        return
    with closing(load_model(name, options)) as loaded:
        yield loaded


def found_model(options: ModelOptions | None = None) -> str | None:
    """The name of a vision model that a running Ollama on this machine has; nothing where there is none.

    Costs a third of a second at most where no Ollama runs.
    """
    options = options or ModelOptions()
    if not ollama_answers(options):
        return None
    from vidsense.language.ollama import vision_models

    try:
        models = vision_models(options)
    except ModelError:
        return None
    return f"ollama/{models[0][0]}" if models else None


def ollama_answers(options: ModelOptions) -> bool:
    """Whether something listens where Ollama would; a machine that was not allowed is not asked."""
    import socket
    from urllib.parse import urlsplit

    from vidsense.language.addresses import is_this_machine, ollama_address

    split = urlsplit(ollama_address(options.ollama_host))
    if not (options.allow_remote or is_this_machine(split.hostname or "")):
        return False
    try:
        socket.create_connection((split.hostname or "", split.port or 80), timeout=PROBE_SECONDS).close()
    except OSError:
        return False
    return True
