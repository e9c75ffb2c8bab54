"""In: frames and a question. Out: an answer: image encoder → temporal transformer → projector → language model.

nano's road with real parts: a pretrained encoder and a pretrained language model of the LLaMA class, both as they were;
between them what `vidsense train joined` taught. The language model is a (quantized) GGUF file that receives the frames
as embeddings, or a folder that transformers reads.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from vidsense.errors import MissingExtraError, ModelError
from vidsense.language.model import ContextError, Decoding, Limits, Piece, Prompt, Schema
from vidsense.language.nano import two_layers
from vidsense.language.options import ModelOptions
from vidsense.source.stream import Frame
from vidsense.temporal.tokens import FrameTokens
from vidsense.temporal.transformer import ClipFeatures
from vidsense.vision.checkpoint import read_json, read_tensors
from vidsense.vision.encoder import VisionEncoder
from vidsense.vision.load import load_encoder

if TYPE_CHECKING:
    from tokenizers import Tokenizer

JOINED = "vidsense-joined"
"""What config.json says of itself."""
WEIGHTS, LANGUAGE, ADAPTER = "joined.safetensors", "language.gguf", "adapter"
ASKED = "{question}"
"""Where the question stands in what follows the frames."""
MOST_FRAMES = 64
CONTEXT = 2048
"""Tokens, where the user says nothing and the language model has as many."""


@dataclass(frozen=True)
class Wording:
    """The text around frames, question and answer, as the language model is used to it."""

    before: str
    """What stands before the frames."""
    after: str
    """What follows them, with `ASKED` in it."""
    lead: str
    """What an answer begins with."""
    end_id: int
    """The token that ends it."""

    def asked(self, question: str) -> str:
        """What follows the frames."""
        return self.after.replace(ASKED, question)


class Writer(Protocol):
    """What writes an answer: llama.cpp, or transformers."""

    def answer(self, prefix: np.ndarray | None, ids: list[int], *, end_id: int, max_tokens: int) -> list[int]:
        """(P, dim) embeddings, then tokens → the likeliest tokens up to the end."""
        ...

    def logits(self, prefix: np.ndarray | None, ids: list[int]) -> np.ndarray:
        """(V,) of the token after the last of the ids."""
        ...

    def close(self) -> None:
        """Let go of the weights."""
        ...


class JoinedModel:
    """What `vidsense train joined` wrote, as `--model joined/FOLDER` names it."""

    def __init__(self, folder: Path, options: ModelOptions | None = None) -> None:
        """Raises `ModelError` for a folder that is none, `MissingExtraError` where nothing here can run it."""
        self.folder, self.options = folder, options or ModelOptions()
        self.config = joined_config(folder)
        self.weights = read_tensors(folder / WEIGHTS)
        self.wording = Wording(**self.config["wording"])
        size = self.config["size"]
        self.temporal = FrameTokens.of(self.weights, "temporal.", size["temporal_heads"])
        self.context = min(self.options.context or CONTEXT, self.config["language"]["context"])

    @property
    def name(self) -> str:
        """As `--model` takes it."""
        return f"joined/{self.folder}"

    @cached_property
    def identity(self) -> str:
        """Of the learnt weights, and of what writes."""
        digest = hashlib.sha256((self.folder / WEIGHTS).read_bytes())
        digest.update(json.dumps(self.config, sort_keys=True).encode())
        file = self.folder / LANGUAGE
        if file.is_file():
            digest.update(f"{file.stat().st_size} {file.stat().st_mtime_ns}".encode())
        return f"{JOINED}@{digest.hexdigest()[:16]}"

    @property
    def limits(self) -> Limits:
        """It is held to no schema; its encoder sees pictures of one size."""
        return Limits(self.context, MOST_FRAMES, max(self.encoder.info.size), schema=False)

    @cached_property
    def encoder(self) -> VisionEncoder:
        """The image encoder that it was trained on. Raises `ModelError` for another one under the same name."""
        told = self.config["encoder"]
        encoder = load_encoder(told["name"], threads=self.options.threads)
        if encoder.info.embed_dim != told["embed_dim"]:
            raise ModelError(
                f"{self.folder} was trained on an encoder with embeddings of {told['embed_dim']} numbers; "
                f"{told['name']} has {encoder.info.embed_dim} now."
            )
        return encoder

    @cached_property
    def writer(self) -> Writer:
        """llama.cpp where it and a file for it are there, else transformers."""
        if (self.folder / LANGUAGE).is_file() and find_spec("llama_cpp") is not None:
            from vidsense.language.llama import LlamaFile

            return LlamaFile(self.folder / LANGUAGE, threads=self.options.threads, context=self.context)
        if find_spec("torch") is None or find_spec("transformers") is None:
            raise MissingExtraError(
                "this model's words need llama.cpp (pip install 'vid-sense[llama]', and a file written with --gguf) "
                "or transformers (pip install 'vid-sense[hf]')."
            )
        from vidsense.language.local.joined import TorchWriter

        adapter = self.folder / ADAPTER
        return TorchWriter(
            Path(self.config["language"]["folder"]), adapter if adapter.is_dir() else None, self.options.device
        )

    def look(self, embeddings: np.ndarray, seconds: np.ndarray) -> ClipFeatures:
        """(T, E) embeddings of the encoder and (T,) seconds → every frame in the light of all others."""
        return self.temporal(widened(embeddings), seconds - seconds[0])

    def prefix(self, embeddings: np.ndarray, seconds: np.ndarray) -> np.ndarray:
        """(P, dim) float32: what stands before the question: words, then a token for each frame."""
        told = self.look(embeddings, seconds).embeddings
        frames = two_layers(np.concatenate([told, widened(embeddings)], axis=1), self.weights, "projector")
        return np.concatenate([self.weights["before"], frames]).astype(np.float32)

    def ids(self, question: str) -> list[int]:
        """The tokens that follow the frames."""
        found: list[int] = self._tokenizer.encode(self.wording.asked(question), add_special_tokens=False).ids
        return found

    def said(self, frames: list[Frame], question: str, max_tokens: int) -> tuple[str, bool, int]:
        """The answer to a question about these frames, whether it is whole, and what the prompt cost."""
        embeddings = self.encoder.embed(frames)
        seconds = np.array([frame.pts_seconds for frame in frames], np.float64)
        prefix = self.prefix(embeddings, seconds) if frames else self.weights["before"]
        asked = self.ids(question)
        cost = len(prefix) + len(asked)
        if cost + max_tokens > self.context:
            raise ContextError(f"{cost} tokens and an answer of {max_tokens} do not fit into {self.context}.")
        found = self.writer.answer(prefix, asked, end_id=self.wording.end_id, max_tokens=max_tokens)
        text = str(self._tokenizer.decode(found)).strip()
        return text, len(found) < max_tokens, cost

    def generate(
        self, prompt: Prompt, *, max_tokens: int, schema: Schema | None = None, decoding: Decoding | None = None
    ) -> Iterator[Piece]:
        """The answer to the prompt's last text about its pictures: it was taught no other form."""
        frames = [Frame(picture.pixels, picture.pts_seconds) for picture in prompt.pictures]
        text, whole, cost = self.said(frames, str(prompt.parts[-1]).strip(), max_tokens)
        yield Piece(text, "stop" if whole else "length", cost)

    def text_tokens(self, text: str) -> int:
        """By the language model's own tokenizer."""
        return len(self._tokenizer.encode(text).ids)

    def picture_tokens(self, height: int, width: int) -> int:
        """A frame is one token, whatever its size."""
        return 1

    def close(self) -> None:
        """Let go of the language model."""
        if "writer" in self.__dict__:
            self.writer.close()

    @cached_property
    def _tokenizer(self) -> "Tokenizer":
        from tokenizers import Tokenizer

        return Tokenizer.from_file(str(self.folder / "tokenizer.json"))


def widened(embeddings: np.ndarray) -> np.ndarray:
    """Unit-length embeddings with numbers of about one, as layers like them."""
    return np.asarray(embeddings * np.sqrt(np.float32(embeddings.shape[-1])), np.float32)


def joined_config(folder: Path) -> dict[str, Any]:
    """What a folder says of itself. Raises `ModelError` when it holds no joined model."""
    if not (folder / "config.json").is_file():
        raise ModelError(f"there is no joined model in {folder}: `vidsense train joined … -o {folder}` makes one.")
    config: dict[str, Any] = read_json(folder / "config.json")
    if config.get("model_type") != JOINED:
        raise ModelError(f"{folder} holds a {config.get('model_type') or 'model of no known kind'}, no joined model.")
    return config
