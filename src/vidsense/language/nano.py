"""In: frames and a question. Out: nano's answer: image tower → temporal transformer → projector → language model.

Our own small video language model, the whole architecture at a size that runs anywhere. It was trained on videos that
this program draws and knows nothing else; shown anything else it says so. The towers and the language model run on ONNX
Runtime, what lies between them in NumPy, so that it can be looked at.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from vidsense.language.model import ContextError, Decoding, Limits, Piece, Prompt, Schema
from vidsense.source.stream import Frame
from vidsense.temporal.nano import NanoTemporal
from vidsense.temporal.transformer import ClipFeatures
from vidsense.vision.checkpoint import read_tensors
from vidsense.vision.encoder import NANO
from vidsense.vision.nano import NanoEncoder, NanoSight, nano_folder
from vidsense.vision.onnx import session_of

if TYPE_CHECKING:
    from tokenizers import Tokenizer

LONGEST_ANSWER = 64
LONGEST_CONTEXT = 512
MOST_FRAMES = 64
BLIND_SECONDS = 0.3
"""Between the frames that are not there, when nano is asked without any."""
NOT_DRAWN = "This is not of the drawn world that nano knows, so it cannot tell."


@dataclass(frozen=True, eq=False)
class NanoView:
    """One clip as nano sees it: every stage, for whoever wants to look inside."""

    sight: NanoSight
    """Of its image tower."""
    clip: ClipFeatures
    """Of its temporal transformer, with the trained attention."""
    prefix: np.ndarray
    """(P, D) float32: what stands before the question: a token for each frame, then one for each kind of thing."""
    embedding: np.ndarray
    """(E,) float32, the whole clip among sentences."""
    actions: np.ndarray
    """(T, A) float32, how likely each frame belongs to each action; the last is none."""

    @property
    def busy(self) -> np.ndarray:
        """(T,) bool, in which frames something happens."""
        return np.asarray(self.actions.argmax(axis=1) < self.actions.shape[1] - 1)


class NanoModel:
    """nano, as `--model nano` names it."""

    def __init__(self, folder: Path | None = None, *, threads: int = 1) -> None:
        """`folder`: as `vidsense train export` writes it; none: the package's own. Raises `ModelError`."""
        self.encoder = NanoEncoder(folder, threads=threads)
        self.folder, self.threads = folder or nano_folder(), threads
        self.name = NANO if folder is None else f"{NANO}/{folder}"
        self.limits = Limits(LONGEST_CONTEXT, MOST_FRAMES, self.encoder.info.size[1], schema=False)
        self.frames: int = self.encoder.config["frames"]
        """How many of a clip it was trained on."""
        self.pad_id, self.start_id, self.answer_id, self.end_id = range(4)

    @cached_property
    def identity(self) -> str:
        """The same for the same weights, those of the language model too: one tower may have several."""
        hashed = sha256(self.encoder.info.fingerprint.encode())
        for name in ("nano.safetensors", "language.onnx", "tokenizer.json"):
            hashed.update((self.folder / name).read_bytes())
        return f"nano-{hashed.hexdigest()[:16]}"

    @cached_property
    def temporal(self) -> NanoTemporal:
        """The temporal transformer."""
        return NanoTemporal.from_weights(self.encoder.weights, self.encoder.config["temporal_heads"])

    @cached_property
    def embed_tokens(self) -> np.ndarray:
        """(V, D) float32, the embedding of each token."""
        return read_tensors(self.folder / "language" / "model.safetensors")["model.embed_tokens.weight"]

    @cached_property
    def decoder(self) -> "Decoder":
        """The language model."""
        speaker = self.encoder.config["speaker"]
        empty = (speaker["depth"], speaker["heads"], 0, speaker["dim"] // speaker["heads"])
        return Decoder(self.folder / "language.onnx", np.zeros(empty, np.float32), self.threads)

    def look(self, frames: Iterable[Frame]) -> NanoView:
        """All that it sees in the frames of one clip, in time order."""
        return self.view(self.encoder.look(frames))

    def view(self, sight: NanoSight) -> NanoView:
        """What was seen in each frame → the frames in the light of each other, and tokens of the language model."""
        seconds = sight.pts_seconds - (sight.pts_seconds[0] if len(sight.pts_seconds) else 0.0)
        clip = self.temporal(sight.states, seconds)
        prefix = projected(clip.embeddings, sight.states, self.encoder.weights, len(self.encoder.config["kinds"]))
        return NanoView(sight, clip, prefix, self.temporal.embedding(clip), self.temporal.actions(clip))

    def blind(self) -> NanoView:
        """A clip in which nothing is seen."""
        info, count = self.encoder.info, self.frames
        states = np.zeros((count, self.temporal.weight.shape[1] // 2), np.float32)
        tokens = np.zeros((count, info.patches, info.width), np.float32)
        sight = NanoSight(
            tokens, states, np.zeros((count, info.embed_dim), np.float32), np.zeros(count, np.float32),
            np.arange(count) * BLIND_SECONDS,
        )  # fmt: skip
        return self.view(sight)

    def ids(self, question: str) -> list[int]:
        """What follows the prefix: the question's tokens between two marks."""
        return [self.start_id, *self._tokenizer.encode(question).ids, self.answer_id]

    def words(self, ids: Sequence[int]) -> str:
        """The text of an answer's tokens."""
        return str(self._tokenizer.decode(list(ids))).strip()

    def answer(self, seen: NanoView | Iterable[Frame], question: str, *, max_tokens: int = LONGEST_ANSWER) -> str:
        """What it says to a question about a clip; that it cannot tell, of what is not of its world."""
        view = seen if isinstance(seen, NanoView) else self.look(seen)
        return self.said(view, question, max_tokens)[0]

    def said(self, view: NanoView, question: str, max_tokens: int = LONGEST_ANSWER) -> tuple[str, bool]:
        """The answer, and whether it is whole."""
        if not view.sight.is_drawn:
            return NOT_DRAWN, True
        asked = self.ids(question)
        if len(view.prefix) + len(asked) + max_tokens > LONGEST_CONTEXT:
            raise ContextError(
                f"nano reads {LONGEST_CONTEXT} tokens; the frames take {len(view.prefix)} and the question "
                f"{len(asked)}: ask a shorter one."
            )
        found = self.decoder.greedy(
            np.concatenate([view.prefix, self.embed_tokens[asked]]), self.embed_tokens, self.end_id, max_tokens
        )
        whole = bool(found) and found[-1] == self.end_id
        return self.words(found[:-1] if whole else found), whole

    def generate(
        self, prompt: Prompt, *, max_tokens: int, schema: Schema | None = None, decoding: Decoding | None = None
    ) -> Iterator[Piece]:
        """The answer to the prompt's last text about its pictures; nano reads no other text."""
        frames = [Frame(picture.pixels, picture.pts_seconds) for picture in prompt.pictures]
        view = self.look(frames) if frames else self.blind()
        question = str(prompt.parts[-1]).strip()
        said, whole = self.said(view, question, min(max_tokens, LONGEST_ANSWER))
        yield Piece(said, "stop" if whole else "length", len(view.prefix) + len(self.ids(question)))

    def text_tokens(self, text: str) -> int:
        """How many tokens a text has."""
        return len(self._tokenizer.encode(text).ids)

    def picture_tokens(self, height: int, width: int) -> int:
        """A frame is one token, whatever its size."""
        return 1

    def close(self) -> None:
        """Nothing was started."""

    @cached_property
    def _tokenizer(self) -> "Tokenizer":
        from tokenizers import Tokenizer

        return Tokenizer.from_file(str(self.folder / "tokenizer.json"))


class Decoder:
    """The language model's graph: each pass reads what is new and keeps what was read."""

    def __init__(self, file: Path, empty: np.ndarray, threads: int) -> None:
        self.session, self.empty = session_of(file, threads), empty

    def greedy(self, x: np.ndarray, embed_tokens: np.ndarray, end_id: int, max_tokens: int) -> list[int]:
        """(L, D) embeddings → the likeliest tokens, one after another, until the end or `max_tokens`."""
        found: list[int] = []
        keys = values = self.empty
        while len(found) < max_tokens and (not found or found[-1] != end_id):
            logits, keys, values = self.session.run(None, {"embeddings": x[None], "keys": keys, "values": values})
            found.append(int(logits.argmax()))
            x = embed_tokens[found[-1:]]
        return found


def projected(frames: np.ndarray, states: np.ndarray, weights: Mapping[str, np.ndarray], kinds: int) -> np.ndarray:
    """(T, D) of the temporal transformer, (T, K S) → (T + K, dim), tokens of the language model."""
    each = states.reshape(len(states), kinds, -1).swapaxes(0, 1)  # (K, T, S)
    there = np.maximum(each[..., 1:2].sum(axis=1), 0.1)
    things = np.concatenate([np.eye(kinds), each.sum(axis=1) / there, each.max(axis=1)], axis=1)
    parts = [two_layers(x, weights, f"projector.{name}") for name, x in (("frame", frames), ("thing", things))]
    return np.concatenate(parts).astype(np.float32)


def two_layers(x: np.ndarray, weights: Mapping[str, np.ndarray], name: str) -> np.ndarray:
    """Linear, GELU, linear."""
    hidden = gelu(x @ weights[f"{name}.0.weight"].T + weights[f"{name}.0.bias"])
    return np.asarray(hidden @ weights[f"{name}.2.weight"].T + weights[f"{name}.2.bias"])


def gelu(x: np.ndarray) -> np.ndarray:
    """x Φ(x) (Hendrycks and Gimpel, 2016); Φ by formula 7.1.26 of Abramowitz and Stegun, exact to 10⁻⁷."""
    t = 1.0 / (1.0 + 0.3275911 * np.abs(x) / np.sqrt(2.0))
    series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
    tail = 0.5 * series * np.exp(-(x**2) / 2.0)
    return np.asarray(x * np.where(x > 0, 1.0 - tail, tail))


def load_nano(folder: str | Path | None = None, *, threads: int = 1) -> NanoModel:
    """nano, from the package or from a folder as `vidsense train export` writes it. Raises `ModelError`."""
    return NanoModel(Path(folder) if folder is not None else None, threads=threads)
