"""In: a GGUF file, visual features as embeddings, token ids. Out: token ids. The one door to llama.cpp's own functions.

The server behind `gguf/PATH` takes texts and pictures; here the features themselves reach a quantized language model,
as `inputs_embeds` do in transformers. Needs the extra `[llama]`, llama.cpp built from source.
"""

import ctypes
import os
from collections import deque
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np

from vidsense.errors import MissingExtraError, ModelError
from vidsense.language.model import ContextError

INSTALL = 'pip install "vid-sense[llama]"'
INFO, ERROR, CONTINUED = 2, 4, 5
"""Levels of llama.cpp's log; the last goes on where the line before it ended."""


class Log:
    """What llama.cpp says, kept from the screen: the last errors, for messages of our own, and who else listens."""

    def __init__(self) -> None:
        self.errors: deque[str] = deque(maxlen=5)
        self.listener: Callable[[str], None] | None = None
        self.callback: Any = None
        """Held as long as the library is: llama.cpp calls it until the process ends."""
        self._level = INFO

    def hear(self, level: int, text: bytes, _data: Any) -> None:
        """One piece of the log."""
        self._level = self._level if level == CONTINUED else level
        line = text.decode("utf-8", "replace").strip()
        if self._level == ERROR and line:
            self.errors.append(line)
        elif self.listener is not None:
            self.listener(line)

    def reason(self) -> str:
        """The first error since it was last asked, which is nearest to the cause."""
        first = self.errors[0] if self.errors else "it gave no reason"
        self.errors.clear()
        return first


LOG = Log()


def library() -> Any:
    """llama.cpp, silenced. Raises `MissingExtraError` where it is not installed, or cannot be loaded."""
    try:
        import llama_cpp
    except ModuleNotFoundError as error:
        raise MissingExtraError(f"this needs llama-cpp-python: {INSTALL} (it is built from source).") from error
    except (OSError, RuntimeError) as error:
        raise MissingExtraError(f"llama-cpp-python is installed but cannot be loaded ({error}): {INSTALL}") from error
    if LOG.callback is None:
        LOG.callback = llama_cpp.llama_log_callback(LOG.hear)
        llama_cpp.llama_log_set(LOG.callback, ctypes.c_void_p(0))
    return llama_cpp


class LlamaFile:
    """A language model in a GGUF file of any precision, in this process, for one sequence at a time."""

    def __init__(self, path: Path, *, threads: int = 0, context: int = 512) -> None:
        """`threads`: 0 for one of each core. `context`: tokens that prefix, ids and answer may have together.

        Raises `MissingExtraError` without llama-cpp-python, `ModelError` for a file that llama.cpp cannot load.
        """
        self._llama = llama = library()
        self.path = path
        if not path.is_file():
            raise ModelError(f"there is no file {path}.")
        self._model = llama.llama_model_load_from_file(str(path).encode(), llama.llama_model_default_params())
        if not self._model:
            raise ModelError(f"llama.cpp cannot load {path.name}: {LOG.reason()}")
        settings = llama.llama_context_default_params()
        settings.n_ctx = settings.n_batch = settings.n_ubatch = context
        settings.n_threads = settings.n_threads_batch = threads or os.cpu_count() or 1
        self._context = llama.llama_init_from_model(self._model, settings)
        if not self._context:
            llama.llama_model_free(self._model)
            raise ModelError(f"llama.cpp has no memory for {context} tokens of {path.name}: {LOG.reason()}")
        self.context = context

    @property
    def dim(self) -> int:
        """The width of its embeddings."""
        return int(self._llama.llama_model_n_embd(self._model))

    @property
    def vocabulary(self) -> int:
        """How many tokens it knows."""
        return int(self._llama.llama_vocab_n_tokens(self._llama.llama_model_get_vocab(self._model)))

    @property
    def parameters(self) -> int:
        """How many weights it has."""
        return int(self._llama.llama_model_n_params(self._model))

    def ids(self, text: str) -> list[int]:
        """The tokens of a text as llama.cpp splits it, names of special tokens included, nothing put in front."""
        words = text.encode()
        room = len(words) + 2
        found = (self._llama.llama_token * room)()
        vocabulary = self._llama.llama_model_get_vocab(self._model)
        return list(found[: self._llama.llama_tokenize(vocabulary, words, len(words), found, room, False, True)])

    def answer(self, prefix: np.ndarray | None, ids: list[int], *, end_id: int, max_tokens: int) -> list[int]:
        """The likeliest token after token, up to and without `end_id`. `prefix`: (P, dim) float32, before the ids.

        Raises `ContextError` where all of it does not fit into the context.
        """
        self._check(prefix, ids, max_tokens)
        self._read(prefix, ids)
        told: list[int] = []
        while len(told) < max_tokens and (likeliest := int(self._last_logits().argmax())) != end_id:
            told.append(likeliest)
            if len(told) < max_tokens:
                self._decode(ids=[likeliest])
        return told

    def logits(self, prefix: np.ndarray | None, ids: list[int]) -> np.ndarray:
        """(V,) float32: of the token after the last of the ids."""
        self._check(prefix, ids, 0)
        self._read(prefix, ids)
        return self._last_logits().copy()

    def close(self) -> None:
        """Let go of the weights; a second time does nothing."""
        if self._model:
            self._llama.llama_free(self._context)
            self._llama.llama_model_free(self._model)
            self._model = self._context = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _check(self, prefix: np.ndarray | None, ids: list[int], max_tokens: int) -> None:
        """llama.cpp ends the whole process on some of what is wrong here."""
        if not self._model:
            raise ValueError(f"{self.path.name} is closed")
        if prefix is not None and (prefix.ndim != 2 or prefix.shape[1] != self.dim):
            raise ValueError(f"the prefix must be (P, {self.dim}), got {prefix.shape}")
        if not ids or min(ids) < 0 or max(ids) >= self.vocabulary:
            raise ValueError(f"ids must be tokens from 0 to {self.vocabulary - 1}, at least one, got {ids[:8]}")
        given = len(ids) + (0 if prefix is None else len(prefix))
        if given + max_tokens > self.context:
            raise ContextError(
                f"{given} tokens and an answer of {max_tokens} do not fit into {self.context}: "
                f"open the file with a larger context."
            )

    def _read(self, prefix: np.ndarray | None, ids: list[int]) -> None:
        """A new sequence: the prefix, then the ids."""
        self._llama.llama_memory_clear(self._llama.llama_get_memory(self._context), False)
        if prefix is not None and len(prefix):
            self._decode(embeddings=np.ascontiguousarray(prefix, np.float32))
        self._decode(ids=ids)

    def _decode(self, *, ids: list[int] | None = None, embeddings: np.ndarray | None = None) -> None:
        """Go on with tokens or with embeddings; keys and values stay. What is left out, positions too, llama.cpp
        fills in: they follow those before, and only the last token's logits are wanted."""
        batch = self._llama.llama_batch()
        if embeddings is not None:
            batch.n_tokens = len(embeddings)
            batch.embd = embeddings.ctypes.data_as(ctypes.POINTER(ctypes.c_float))
        elif ids is not None:
            batch.n_tokens = len(ids)
            batch.token = (self._llama.llama_token * len(ids))(*ids)
        if self._llama.llama_decode(self._context, batch):
            raise ModelError(f"llama.cpp cannot go on with {batch.n_tokens} tokens: {LOG.reason()}")

    def _last_logits(self) -> np.ndarray:
        """(V,) a view of llama.cpp's own memory, until the next token."""
        held = self._llama.llama_get_logits_ith(self._context, -1)
        return np.ctypeslib.as_array(held, (self.vocabulary,))
