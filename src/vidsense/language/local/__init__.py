"""In: the name of a model of transformers. Out: the model, run in this process. Nothing is downloaded here."""

from importlib.util import find_spec

from vidsense.errors import MissingExtraError
from vidsense.language.model import LanguageModel
from vidsense.language.options import ModelOptions

NEEDED = ("torch", "transformers", "PIL")


def load_local(name: str, options: ModelOptions | None = None) -> LanguageModel:
    """The model in a folder, or of a hub name whose files lie in the hub's cache on this machine.

    Raises `MissingExtraError` where torch or transformers is not installed, `ModelError` when the model cannot be had.
    """
    if missing := [library for library in NEEDED if find_spec(library) is None]:
        raise MissingExtraError(f"models of transformers need {' and '.join(missing)}: pip install 'vid-sense[hf]'.")
    from vidsense.language.local.local_model import LocalModel

    return LocalModel(name, options or ModelOptions())
