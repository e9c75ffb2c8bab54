"""In: a video, and an encoder where there is one. Out: `Material`, all that a page tells."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import numpy as np

from vidsense.account.account import Answer, Description
from vidsense.account.ask import ask
from vidsense.account.describe import describe, key_seconds
from vidsense.account.looks import Looks, Place
from vidsense.account.observe import Cache, Observation, Progress, View, observe
from vidsense.account.strategies import VIT_B16_GIGAFLOPS, VIT_B16_PATCHES, Strategy, strategies
from vidsense.language.model import LanguageModel
from vidsense.language.options import ModelOptions
from vidsense.report.frames import PageFrame, decoded_frames, seen_by_nobody, wanted_frames
from vidsense.source.file import open_video
from vidsense.temporal import ClipFeatures, TemporalTransformer, choose_for, resemblance
from vidsense.temporal.nano import NanoTemporal
from vidsense.vision.encoder import EncoderInfo, TextToken, VisionEncoder
from vidsense.vision.load import DEFAULT
from vidsense.vision.nano import NanoEncoder

QUESTION = "What action is taking place?"
WORDS = ("cat", "dog", "airplane")
TEMPERATURE = 0.05
"""Of attention without parameters."""
PICKED = 5
"""Frames that a question picks."""


@dataclass(frozen=True, eq=False)
class Seen:
    """What an encoder, and attention over time, made of the frames."""

    info: EncoderInfo
    embeddings: np.ndarray
    """(T, E) float32, unit length."""
    clip: ClipFeatures
    patch_tokens: np.ndarray
    """(N, D) float32, of the frame whose patches are shown."""
    words: tuple[str, ...]
    word_embeddings: np.ndarray
    """(K, E) float32; (0, E) without a text tower."""
    question_tokens: tuple[TextToken, ...]
    question_embedding: np.ndarray | None
    picked: tuple[int, ...]
    """Indices of the frames that bear on the question."""
    seconds: float
    """How long all this took."""


@dataclass(frozen=True, eq=False)
class Material:
    """All that a page tells of one video."""

    observation: Observation
    description: Description
    answer: Answer | None
    """To the reader's own question."""
    question: str
    frames: tuple[PageFrame, ...]
    shown: int
    """Index of the frame whose patches are shown."""
    strategies: tuple[Strategy, ...]
    seen: Seen | None
    missing: str | None
    """Why there is no encoder, and how to get one."""
    decode_seconds: float
    """How long it took to decode the page's frames."""

    def __post_init__(self) -> None:
        if self.seen is None and self.missing is None:
            raise ValueError("a page without an encoder must say why")

    @property
    def pts_seconds(self) -> np.ndarray:
        """(T,) when each frame of the page is shown."""
        return np.array([frame.pts_seconds for frame in self.frames])

    def nearest(self, seconds: float) -> int:
        """The number of the page's frame nearest to a time."""
        return int(np.abs(self.pts_seconds - seconds).argmin()) + 1


@dataclass(frozen=True)
class Wishes:
    """What the reader wants on the page."""

    question: str | None = None
    words: tuple[str, ...] = WORDS
    model: str | LanguageModel = "none"
    model_options: ModelOptions | None = None
    threads: int = 0
    start: float = 0.0
    """Seconds."""
    end: float | None = None


@dataclass(frozen=True)
class Known:
    """A cache that knows one observation already, so that nothing is measured twice."""

    observation: Observation
    kept: Cache | None

    def load(self, _location: str | Path, _view: View) -> Observation:
        """What was measured."""
        return self.observation

    def store(self, _location: str | Path, _view: View, _observation: Observation) -> None:
        """It is kept already."""

    def load_rows(self, location: str | Path, key: str) -> tuple[np.ndarray, np.ndarray] | None:
        """What an encoder saw before."""
        return self.kept.load_rows(location, key) if self.kept else None

    def store_rows(self, location: str | Path, key: str, places: np.ndarray, rows: np.ndarray) -> None:
        """Keep what an encoder saw."""
        if self.kept:
            self.kept.store_rows(location, key, places, rows)

    def load_reply(self, key: str) -> str | None:
        """What a model answered before."""
        return self.kept.load_reply(key) if self.kept else None

    def store_reply(self, key: str, text: str) -> None:
        """Keep a model's answer."""
        if self.kept:
            self.kept.store_reply(key, text)


def gathered(
    location: str | Path,
    encoder: VisionEncoder | None,
    wishes: Wishes | None = None,
    *,
    missing: str | None = None,
    transformer: TemporalTransformer | None = None,
    cache: Cache | None = None,
    on_progress: Progress | None = None,
) -> Material:
    """Observe, describe, decode, encode. `missing` says why there is no encoder; `transformer`: trained, or none."""
    wishes = wishes or Wishes()
    observation = observe(
        location, View(wishes.start, wishes.end), threads=wishes.threads, cache=cache, on_progress=on_progress
    )
    description, answer = told(location, wishes, Known(observation, cache), on_progress)
    began = perf_counter()
    wanted = wanted_frames(description, observation.survey)
    frames = decoded_frames(location, wanted, observation.survey, encoder, threads=wishes.threads)
    decode_seconds = perf_counter() - began
    shown = frame_to_show(frames)
    if (strange := why_not(encoder, frames)) is not None:
        encoder, missing, frames = None, missing or strange, seen_by_nobody(frames)
    elif encoder is not None:
        missing = None
    looks = None if encoder is None else Looks(location, encoder, cache, on_progress, wishes.threads)
    info = encoder.info if encoder is not None else None
    with open_video(location, threads=wishes.threads) as stream:
        keys = key_seconds(stream)
    ways = strategies(
        observation.survey,
        description,
        keys,
        patches=info.patches if info else VIT_B16_PATCHES,
        gigaflops=info.gigaflops if info else VIT_B16_GIGAFLOPS,
    )
    return Material(
        observation=observation,
        description=description,
        answer=answer,
        question=wishes.question or QUESTION,
        frames=tuple(frames),
        shown=shown,
        strategies=tuple(ways),
        seen=None if looks is None else seen_by(looks, frames, shown, wishes, transformer),
        missing=missing,
        decode_seconds=decode_seconds,
    )


def told(
    location: str | Path, wishes: Wishes, cache: Known, on_progress: Progress | None
) -> tuple[Description, Answer | None]:
    """The account, and the answer to the reader's question where there is one."""
    description = describe(
        location,
        start=wishes.start,
        end=wishes.end,
        model=wishes.model,
        model_options=wishes.model_options,
        threads=wishes.threads,
        cache=cache,
        on_progress=on_progress,
    )
    if wishes.question is None:
        return description, None
    return description, ask(
        location,
        wishes.question,
        start=wishes.start,
        end=wishes.end,
        model=wishes.model,
        model_options=wishes.model_options,
        threads=wishes.threads,
        cache=cache,
        observation=cache.observation,
    )


def frame_to_show(frames: Sequence[PageFrame]) -> int:
    """Index of the first frame in which something happens; where nothing does, of the middle one."""
    return next((i for i, frame in enumerate(frames) if i and frame.happening and frame.id), len(frames) // 2)


def why_not(encoder: VisionEncoder | None, frames: Sequence[PageFrame]) -> str | None:
    """Why an encoder that is there can show nothing of these frames; none, where it can."""
    if not isinstance(encoder, NanoEncoder) or encoder.look(frame.frame for frame in frames).is_drawn:
        return None
    return (
        "nano, the encoder in the package, knows the drawn world alone, and this video is not of it; "
        f"`vidsense models pull {DEFAULT}` gets one for videos like this."
    )


def attended(
    encoder: VisionEncoder, frames: Sequence[PageFrame], embeddings: np.ndarray, trained: TemporalTransformer | None
) -> ClipFeatures:
    """The frames in the light of each other: by trained weights where there are any, else by what they resemble."""
    times = np.array([frame.pts_seconds for frame in frames])
    if isinstance(encoder, NanoEncoder):
        temporal = NanoTemporal.from_weights(encoder.weights, encoder.config["temporal_heads"])
        return temporal(encoder.look(frame.frame for frame in frames).states, times)
    if trained is not None:
        return trained(embeddings, times)
    return resemblance(embeddings, times, temperature=TEMPERATURE)


def seen_by(
    looks: Looks,
    frames: Sequence[PageFrame],
    shown: int,
    wishes: Wishes,
    transformer: TemporalTransformer | None,
) -> Seen:
    """The frames, the words and the question in the encoder's space, and attention among the frames."""
    began, encoder, info = perf_counter(), looks.encoder, looks.encoder.info
    times = np.array([frame.pts_seconds for frame in frames])
    embeddings = looks.embeddings([Place(frame.pts_seconds) for frame in frames])
    question = wishes.question or QUESTION
    words = wishes.words if info.has_text else ()
    asked = encoder.embed_text([question])[0] if info.has_text else None
    picked = choose_for(asked, embeddings, times, PICKED) if asked is not None else []
    return Seen(
        info=info,
        embeddings=embeddings,
        clip=attended(encoder, frames, embeddings, transformer),
        patch_tokens=encoder.tokenize([frames[shown].frame])[0],
        words=words,
        word_embeddings=encoder.embed_text(words) if words else np.zeros((0, info.embed_dim), np.float32),
        question_tokens=tuple(encoder.split_text(question)) if info.has_text else (),
        question_embedding=asked,
        picked=tuple(picked),
        seconds=perf_counter() - began,
    )
