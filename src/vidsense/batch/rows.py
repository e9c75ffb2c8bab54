"""In: many videos. Out: one `Row` each, as it is done; a `ResultsFile` may keep them."""

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, Self

import vidsense
from vidsense.account.account import SCHEMA_VERSION, Description
from vidsense.account.observe import Cache
from vidsense.errors import VidSenseError
from vidsense.language.load import opened
from vidsense.language.model import LanguageModel
from vidsense.language.options import ModelOptions
from vidsense.results import ResultsFile
from vidsense.source.container import shown
from vidsense.source.content import end_bytes
from vidsense.vision.encoder import VisionEncoder

Progress = Callable[[str, str, float], None]
"""Gets the name of the video, of the stage, and the share of the stage that is done."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """What shapes an account. A result is reused only for the same options."""

    sampling: Literal["every", "uniform", "keyframe", "adaptive"] = "adaptive"
    frames: int | None = None
    token_budget: int | None = None
    tokens_per_frame: int = 196
    start: float = 0.0
    end: float | None = None
    model: str = "none"
    check: Literal["quick", "full", "off"] = "quick"
    about: str | None = None
    labels: tuple[str, ...] = ()
    encoder: str | None = None
    speech_model: str | None = None

    def __post_init__(self) -> None:
        if self.end is not None and self.end <= self.start:
            raise ValueError(f"the end ({self.end:g} s) must come after the start ({self.start:g} s)")
        if self.token_budget is not None and self.token_budget < self.tokens_per_frame:
            raise ValueError(
                f"a budget of {self.token_budget} tokens holds no frame of {self.tokens_per_frame}; allow more tokens"
            )


@dataclass(frozen=True, kw_only=True)
class Row:
    """What came of one video: its account, or why there is none."""

    path: str
    """As it was named or found, printable."""
    key: str
    """The same for the same content and options, whatever the file is called."""
    description: Description | None = None
    error: str | None = None

    def __post_init__(self) -> None:
        if (self.description is None) == (self.error is None):
            raise ValueError("a row holds a description or an error, one of the two")

    def to_json(self) -> str:
        """One line: the account's own fields, or the error, with `path` and `key`."""
        place = {"path": self.path, "key": self.key}
        if self.description is None:
            return json.dumps({"video": shown(self.path), "error": self.error, **place}, ensure_ascii=False)
        return json.dumps({**self.description.model_dump(mode="json"), **place}, ensure_ascii=False)

    @classmethod
    def from_json(cls, line: str | bytes) -> Self:
        """The row of one line. Raises `ValueError` for anything else."""
        fields = json.loads(line)
        place = {name: fields.pop(name) for name in ("path", "key")}
        error = fields.get("error")
        return cls(
            **place, error=error, description=None if error else Description.model_validate_json(json.dumps(fields))
        )


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a run did about one video."""

    video: str | Path
    state: Literal["described", "failed", "done before", "failed before"]
    row: Row | None = None
    """New in this run; what was there before is not read again."""

    def sentence(self) -> str:
        """The outcome in words."""
        return f"{shown(self.video)}: {self.row.error if self.row and self.row.error else self.state}"


def content_key(video: str | Path, options: Options) -> str:
    """The same for the same bytes (size, first and last MiB) and options; without readable bytes, for the same name."""
    hashed = hashlib.sha256(json.dumps([SCHEMA_VERSION, asdict(options)]).encode())
    try:
        for part in end_bytes(Path(video)):
            hashed.update(part)
    except OSError:
        hashed.update(os.fsencode(video))
    return hashed.hexdigest()[:32]


def encoder_for(options: Options) -> VisionEncoder | None:
    """What compares words with frames, where any are to be compared."""
    if not options.about and not options.labels:
        return None
    from vidsense.account.about import opened_encoder

    return opened_encoder(options.encoder)


def describe_each(
    videos: Sequence[str | Path],
    options: Options | None = None,
    *,
    results: ResultsFile | None = None,
    retry: bool = False,
    model_options: ModelOptions | None = None,
    threads: int = 0,
    cache: Cache | None = None,
    on_progress: Progress | None = None,
) -> Iterator[Outcome]:
    """For each video what came of it; its row is already in `results` when that is given.

    One video after the other: a model and an encoder are loaded once, when the first video needs them, and never have
    two to look at.
    """
    options = options or Options()
    with ExitStack() as held:
        model: LanguageModel | None = None
        encoder: VisionEncoder | None = None
        is_open = False
        for video in videos:
            key = content_key(video, options)
            if results and key in results.done:
                yield Outcome(video=video, state="done before")
                continue
            if results and key in results.failed and not retry:
                yield Outcome(video=video, state="failed before")
                continue
            if not is_open:
                model, is_open = held.enter_context(opened(options.model, model_options)), True
                encoder = encoder_for(options)
            row = describe_row(
                video, key, options, model, encoder, threads=threads, cache=cache, on_progress=on_progress
            )
            if results:
                results.append(row)
            yield Outcome(video=video, state="failed" if row.error else "described", row=row)


def describe_row(
    video: str | Path,
    key: str,
    options: Options,
    model: LanguageModel | None = None,
    encoder: VisionEncoder | None = None,
    *,
    threads: int = 0,
    cache: Cache | None = None,
    on_progress: Progress | None = None,
) -> Row:
    """One video's row. Whatever is wrong with the video is in the row: the next video has its turn."""
    name = shown(video)

    def report(stage: str, share: float) -> None:
        if on_progress:
            on_progress(name, stage, share)

    arguments: dict[str, Any] = asdict(options) | {"model": model or "none", "encoder": encoder}
    try:
        description = vidsense.describe(video, **arguments, threads=threads, cache=cache, on_progress=report)
    except VidSenseError as error:
        return Row(path=printable(video), key=key, error=str(error))
    except Exception as error:  # also what nobody foresaw: one odd video must not end a run over ten thousand
        return Row(path=printable(video), key=key, error=f"{type(error).__name__}: {error}")
    return Row(path=printable(video), key=key, description=description)


def printable(path: str | Path) -> str:
    """A path as text that any file can hold: bytes that are no Unicode are written as escapes."""
    return str(path).encode("utf-8", "backslashreplace").decode("utf-8")
