"""In: an encoder's ONNX graphs. Out: `OnnxEncoder`, which runs them on ONNX Runtime: the plain install's way."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from vidsense.errors import ModelError
from vidsense.source.stream import Frame
from vidsense.vision.encoder import EncoderInfo, FrameFeatures, TextToken
from vidsense.vision.picture import Preprocessing
from vidsense.vision.words import TextReading, TextSplitter

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

BATCH = 4
"""Frames that are run together; more make nothing faster on a processor."""


@dataclass(frozen=True)
class Signature:
    """How a graph names what it gives."""

    embeddings: str = "embeddings"
    tokens: str = "tokens"


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
    of_pictures: Signature = Signature()
    of_words: Signature = Signature()


class OnnxEncoder:
    """An encoder of ONNX graphs. Each is loaded at its first use."""

    def __init__(self, graphs: Graphs, *, threads: int = 0) -> None:
        """`threads`: of a graph; 0: as many as there are cores."""
        self.graphs, self.threads = graphs, threads
        self._sessions: dict[Path, InferenceSession] = {}
        self._splitter: TextSplitter | None = None

    @property
    def info(self) -> EncoderInfo:
        """What is known without running it."""
        return self.graphs.info

    def encode(self, frames: Iterable[Frame]) -> FrameFeatures:
        """Tokens and embeddings of each frame."""
        info, named = self.info, self.graphs.of_pictures
        times: list[float] = []
        tokens = [np.zeros((0, info.patches, info.width), np.float32)]
        embeddings = [np.zeros((0, info.embed_dim), np.float32)]
        for batch in batches(frames):
            found = self._run(self.graphs.patches, batch)
            times += [frame.pts_seconds for frame in batch]
            tokens.append(patch_rows(found[named.tokens], info.patches))
            embeddings.append(unit(found[named.embeddings]))
        return FrameFeatures(np.concatenate(tokens), np.concatenate(embeddings), np.array(times, np.float64))

    def tokenize(self, frames: Iterable[Frame]) -> np.ndarray:
        """(T, N, D) float32, one vector per patch."""
        return self.encode(frames).tokens

    def embed(self, frames: Iterable[Frame]) -> np.ndarray:
        """(T, E) float32, one unit-length vector per frame."""
        name = self.graphs.of_pictures.embeddings
        found = [unit(self._run(self.graphs.pictures, batch)[name]) for batch in batches(frames)]
        return np.concatenate([np.zeros((0, self.info.embed_dim), np.float32), *found])

    def embed_text(self, texts: Sequence[str]) -> np.ndarray:
        """(K, E) float32, one unit-length vector per text."""
        splitter = self._text()
        assert self.graphs.words is not None
        session, name = self._session(self.graphs.words), self.graphs.of_words.embeddings
        takes = {given.name for given in session.get_inputs()}
        found = [np.zeros((0, self.info.embed_dim), np.float32)]
        for text in texts:
            ids, place = splitter.ids(text)
            given = {
                "ids": ids[None],
                "input_ids": ids[None],
                "attention_mask": np.ones((1, len(ids)), np.int64),
                "place": np.array([place], np.int64),
            }
            found.append(unit(session.run([name], {key: given[key] for key in takes})[0]))
        return np.concatenate(found)

    def split_text(self, text: str) -> list[TextToken]:
        """The sub-words of a text."""
        return self._text().split(text)

    def seen(self, pixels: np.ndarray) -> np.ndarray:
        """(H, W, 3) uint8: the part of a picture that the network sees."""
        return self.graphs.preprocessing.seen(pixels)

    def decoding_size(self, height: int, width: int) -> tuple[int, int]:
        """(height, width) at which a video of this size is decoded for it."""
        return self.graphs.preprocessing.decoding_size(height, width)

    def _run(self, file: Path, frames: list[Frame]) -> dict[str, np.ndarray]:
        prepare, session = self.graphs.preprocessing, self._session(file)
        pixels = np.stack([prepare.network_input(prepare.seen(frame.pixels)) for frame in frames])
        names = [output.name for output in session.get_outputs()]
        return dict(zip(names, session.run(names, {session.get_inputs()[0].name: pixels}), strict=True))

    def _text(self) -> TextSplitter:
        graphs = self.graphs
        if graphs.words is None or graphs.vocabulary is None or graphs.reading is None:
            raise ModelError(f"the encoder {self.info.name} has no text tower: it cannot compare words with frames.")
        if self._splitter is None:
            self._splitter = TextSplitter(graphs.vocabulary, graphs.reading)
        return self._splitter

    def _session(self, file: Path) -> "InferenceSession":
        if file not in self._sessions:
            self._sessions[file] = session_of(file, self.threads)
        return self._sessions[file]


def patch_rows(tokens: np.ndarray, patches: int) -> np.ndarray:
    """(T, N, D), of tokens that may have a class token before them or lie in a map (T, D, h, w)."""
    if tokens.ndim == 4:
        tokens = tokens.reshape(*tokens.shape[:2], -1).swapaxes(1, 2)
    return np.ascontiguousarray(tokens[:, tokens.shape[1] - patches :], np.float32)


def unit(rows: np.ndarray) -> np.ndarray:
    """Each row at unit length."""
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=-1, keepdims=True), 1e-12), np.float32)


def batches(frames: Iterable[Frame]) -> Iterator[list[Frame]]:
    """A few frames at a time."""
    left = iter(frames)
    while batch := list(islice(left, BATCH)):
        yield batch


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
