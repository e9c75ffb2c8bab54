"""In: an encoder's ONNX graphs. Out: `OnnxEncoder`, which runs them on ONNX Runtime: the plain install's way."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from vidsense.errors import ModelError
from vidsense.vision.batched import BatchedEncoder
from vidsense.vision.encoder import EncoderInfo
from vidsense.vision.picture import Preprocessing
from vidsense.vision.words import TextReading, TextSplitter

if TYPE_CHECKING:
    from onnxruntime import InferenceSession


@dataclass(frozen=True)
class Graphs:
    """The files of one encoder, and what is needed to use them."""

    info: EncoderInfo
    preprocessing: Preprocessing
    pictures: Path
    """The graph of embeddings alone."""
    patches: Path
    """The graph of tokens and embeddings; the same file, where there is one."""
    words: Path | None = None
    """The graph of the text tower."""
    vocabulary: Path | None = None
    """tokenizer.json."""
    reading: TextReading | None = None
    """How it takes in text."""
    embeddings: str = "embeddings"
    """The output of embeddings, in the graphs of pictures."""
    tokens: str = "tokens"
    text_embeddings: str = "embeddings"

    @property
    def splitter(self) -> TextSplitter | None:
        """The tokenizer, where there are words."""
        if self.words is None or self.vocabulary is None or self.reading is None:
            return None
        return TextSplitter(self.vocabulary, self.reading)


class OnnxEncoder(BatchedEncoder):
    """An encoder of ONNX graphs. Each is loaded at its first use."""

    def __init__(self, graphs: Graphs, *, threads: int = 0) -> None:
        """`threads`: of a graph; 0: as many as there are cores."""
        super().__init__(graphs.info, graphs.preprocessing, graphs.splitter)
        self.graphs, self.threads = graphs, threads
        self._sessions: dict[Path, InferenceSession] = {}

    def run_pictures(self, pixels: np.ndarray) -> np.ndarray:
        """(B, 3, H, W) float32 → embeddings (B, E)."""
        session = self._session(self.graphs.pictures)
        found: np.ndarray = session.run([self.graphs.embeddings], {session.get_inputs()[0].name: pixels})[0]
        return found

    def run_patches(self, pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(B, 3, H, W) float32 → tokens (B, …) and embeddings (B, E)."""
        session, wanted = self._session(self.graphs.patches), [self.graphs.tokens, self.graphs.embeddings]
        tokens, embeddings = session.run(wanted, {session.get_inputs()[0].name: pixels})
        return tokens, embeddings

    def run_text(self, ids: np.ndarray, place: int) -> np.ndarray:
        """(1, L) int64, and which token gathers the text → (1, E)."""
        assert self.graphs.words is not None
        session = self._session(self.graphs.words)
        known = {"ids": ids, "input_ids": ids, "attention_mask": np.ones_like(ids), "place": np.array([place])}
        given = {put.name: known[put.name] for put in session.get_inputs()}
        found: np.ndarray = session.run([self.graphs.text_embeddings], given)[0]
        return found

    def _session(self, file: Path) -> "InferenceSession":
        if file not in self._sessions:
            self._sessions[file] = session_of(file, self.threads)
        return self._sessions[file]


def session_of(path: Path, threads: int = 0) -> "InferenceSession":
    """A graph ready to run: on a graphics card where ONNX Runtime has one, else on the processor."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 4
    there = onnxruntime.get_available_providers()
    providers = [name for name in ("CUDAExecutionProvider", "CPUExecutionProvider") if name in there]
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=providers)
    except Exception as error:  # ONNX Runtime has a class of its own for each way in which a file can be broken
        reason = str(error).strip().splitlines()[-1][:200]
        raise ModelError(f"the encoder's graph {path} cannot be loaded ({reason}); get it again.") from error
