"""In: a measured account and nano. Out: what nano says of a drawn video, or that this is not its world.

nano reads a clip of some seconds at once, 16 frames of it, and no instructions: each part of the video is shown to it
whole, and asked about in the words that it learnt.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from time import perf_counter

import numpy as np

from vidsense.account.account import Answer, Description, Event, FrameRef, Moment
from vidsense.account.question import Question
from vidsense.account.witness import Telling, Testimony
from vidsense.account.words import at_time, capitalized, several
from vidsense.errors import VidSenseError
from vidsense.language.nano import NOT_DRAWN, NanoModel, NanoView
from vidsense.source.file import FileStream, open_video

LONGEST_PART = 8.0
"""Seconds; nano was taught with clips of 2 to 8."""
MOST_PARTS = 24
DESCRIBE = "Describe the video."
WHAT_HELPS = (
    "It was taught with videos like those of `vidsense world` alone; choose another model for a video like this."
)


@dataclass(frozen=True, eq=False)
class Part:
    """Some seconds of one shot, and what nano saw in them."""

    start: float
    end: float
    frames: tuple[FrameRef, ...]
    view: NanoView

    @property
    def happening(self) -> tuple[float, float]:
        """From the first to the last frame in which it sees something happen; all of it where it sees nothing."""
        times = [frame.t for frame, busy in zip(self.frames, self.view.busy, strict=True) if busy]
        return (times[0], times[-1]) if times else (self.start, self.end)

    @property
    def evidence(self) -> list[str]:
        """The ids of its frames."""
        return [frame.id for frame in self.frames]


def nano_testimony(model: NanoModel, account: Description, location: str | Path, telling: Telling) -> Testimony:
    """Each part of the video in nano's words."""
    told, began, strange = Testimony(), perf_counter(), 0
    spans = parts_of(account)
    try:
        with open_video(location, threads=telling.threads) as stream:
            for done, part in enumerate(seen_parts(model, account, stream, spans)):
                if telling.on_progress:
                    telling.on_progress("looking", done / len(spans))
                told.frames += part.frames
                if part.view.sight.is_drawn:
                    told.events.append(event_of(model, part, 1 + len(account.events) + len(told.events)))
                    if telling.on_event:
                        telling.on_event(told.events[-1])
                else:
                    strange += 1
    except (VidSenseError, KeyboardInterrupt) as error:
        told.broken = error
    told.shown, told.seconds = len(told.frames), perf_counter() - began
    told.warnings = warnings_of(strange, account)
    return told


def event_of(model: NanoModel, part: Part, number: int) -> Event:
    """What nano says of a part, as an event."""
    said, whole = model.said(part.view, DESCRIBE)
    start, end = part.happening
    note = None if whole else "nano did not end its sentence"
    return Event(
        id=f"e{number}", start=start, end=end, text=sentence(said), evidence=part.evidence, source="model",
        status="unchecked", note=note,
    )  # fmt: skip


def warnings_of(strange: int, account: Description) -> list[str]:
    """What nano could not tell, and what it did not look at."""
    shown, whole = len(parts_of(account)), len(all_parts(account))
    told = [f"{NOT_DRAWN} {WHAT_HELPS}"] if strange == shown else []
    if 0 < strange < shown:
        told.append(f"{capitalized(several(strange, 'part'))} of {shown} did not look drawn to nano; it left them out.")
    if shown < whole:
        told.append(f"nano looked at {shown} of {whole} parts, spread over the whole video.")
    return told


def nano_answer(
    model: NanoModel, account: Description, location: str | Path, asked: Question, *, began: float, threads: int = 0
) -> Answer:
    """nano's answer, about the part of the video that is nearest to the question in the space that both share."""
    with open_video(location, threads=threads) as stream:
        parts = list(seen_parts(model, account, stream, parts_of(account)))
    drawn = [part for part in parts if part.view.sight.is_drawn]
    best = nearest_part(model, drawn, asked.text) if drawn else None
    text, moments = f"{NOT_DRAWN} {WHAT_HELPS}", list[Moment]()
    if best is not None:
        said = sentence(model.said(best.view, asked.text)[0])
        start, end = best.happening
        text = f"{said.rstrip('.')} ({at_time(start)}–{at_time(end)})."
        moments = [Moment(start=start, end=end, text=said, evidence=best.evidence)]
    shown = sum(len(part.frames) for part in parts)
    return Answer(
        video=account.video,
        question=asked.text,
        answer=text,
        found=best is not None,
        moments=moments,
        frames=list(best.frames) if best else [],
        model=model.name,
        coverage=account.coverage.model_copy(update={"shown_to_model": shown}),
        elapsed_s=round(perf_counter() - began, 3),
        warnings=account.warnings,
    )


def nearest_part(model: NanoModel, parts: Sequence[Part], question: str) -> Part:
    """The part whose clip is most like the question."""
    if len(parts) == 1:
        return parts[0]
    asked = model.encoder.embed_text([question])[0]
    return max(parts, key=lambda part: float(part.view.embedding @ asked))


def all_parts(account: Description) -> list[tuple[float, float]]:
    """The shots in equal parts of at most `LONGEST_PART` seconds."""
    spans = []
    for shot in account.shots:
        count = max(1, int(np.ceil((shot.end - shot.start) / LONGEST_PART - 1e-6)))
        edges = np.linspace(shot.start, shot.end, count + 1).tolist()
        spans += list(pairwise(edges))
    return spans


def parts_of(account: Description) -> list[tuple[float, float]]:
    """Those that are looked at, spread over the whole video."""
    spans = all_parts(account)
    if len(spans) <= MOST_PARTS:
        return spans
    return [spans[round(i)] for i in np.linspace(0, len(spans) - 1, MOST_PARTS)]


def seen_parts(
    model: NanoModel, account: Description, stream: FileStream, spans: Sequence[tuple[float, float]]
) -> Iterator[Part]:
    """What nano sees in each span: frames spread evenly over it, as it was taught."""
    size, count = model.encoder.decoding_size(account.height, account.width), 0
    for start, end in spans:
        wanted = start + (np.arange(model.frames) + 0.5) / model.frames * (end - start)
        frames = list({frame.pts_seconds: frame for frame in stream.frames_at(wanted.tolist(), size)}.values())
        refs = tuple(
            FrameRef(
                id=f"n{count + i + 1:03d}", t=round(frame.pts_seconds, 4), reason="question",
                shot=shot_of(account, frame.pts_seconds), chosen=False,
            )
            for i, frame in enumerate(frames)
        )  # fmt: skip
        count += len(refs)
        yield Part(start, end, refs, model.look(frames))


def shot_of(account: Description, seconds: float) -> str:
    """The id of the shot that a time lies in."""
    return next((shot.id for shot in reversed(account.shots) if shot.start <= seconds + 1e-6), account.shots[0].id)


def sentence(said: str) -> str:
    """With a capital letter and a full stop."""
    return f"{capitalized(said.strip().rstrip('.'))}." if said.strip() else "Nothing."
