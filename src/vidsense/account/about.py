"""In: what is asked about. Out: a `Clip` whose frames bear on it, found by an encoder that puts words and frames into
one space."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from vidsense.account.account import FrameRef
from vidsense.account.evidence import shot_id
from vidsense.account.looks import Looks, Place, candidate_times
from vidsense.account.question import sought
from vidsense.errors import ModelError
from vidsense.frames.budget import FrameBudget, deserved_frames
from vidsense.frames.clip import ChosenFrame, Clip, frame_ids
from vidsense.frames.sampling import choose_frames
from vidsense.survey.survey import Survey
from vidsense.temporal.selection import choose_for
from vidsense.vision.encoder import VisionEncoder
from vidsense.vision.load import DEFAULT, encoder_shelf, is_there, load_encoder

OF_QUESTION = 0.5
"""The share of the frames that a question chooses; the others show the whole video, as without one."""
BEARING_FRAMES = 8
"""Frames that are shown first to a model that answers a question."""


def opened_encoder(encoder: str | Path | VisionEncoder | None) -> VisionEncoder:
    """The encoder that is named, or that was loaded before; none named: the usual one."""
    if encoder is None or encoder == "auto":
        return load_encoder(DEFAULT)
    return load_encoder(encoder) if isinstance(encoder, str | Path) else encoder


def encoder_if_there(encoder: str | Path | VisionEncoder | None) -> VisionEncoder | None:
    """The encoder that is named; "auto": the usual one, if it is on this machine; None: none."""
    if encoder is None or (encoder == "auto" and not is_there(DEFAULT, encoder_shelf())):
        return None
    found = opened_encoder(encoder)
    if not found.info.has_text and encoder != "auto":
        raise ModelError(f"the encoder {found.info.name} has no text tower: it cannot compare a question with frames.")
    return found if found.info.has_text else None


def clip_about(survey: Survey, looks: Looks, question: str, budget: FrameBudget) -> Clip:
    """As many frames as the budget has: some show the whole video, the others bear on the question."""
    limit = budget.limit(deserved_frames(survey))
    base = choose_frames(survey, "adaptive", FrameBudget(max(1, limit - round(OF_QUESTION * limit))))
    wanted = limit - len(base.frames)
    known = {frame.pts_seconds: frame for frame in base.frames}
    found = [t for t in times_about(survey, looks, question, wanted, known=tuple(known)) if t not in known]
    chosen = {t: ChosenFrame("", t, "question", survey.shot_at(t)) for t in found} | known
    frames = tuple(replace(chosen[t], id=id_) for t, id_ in zip(sorted(chosen), frame_ids(len(chosen)), strict=True))
    return Clip(frames, limit, len(survey.shots) - len({frame.shot for frame in frames}))


def times_about(survey: Survey, looks: Looks, question: str, count: int, *, known: Sequence[float] = ()) -> list[float]:
    """When the frames are shown that bear on a question most, no more of one moment than needed."""
    if count < 1:
        return []
    times = [t for t in candidate_times(survey) if t not in known]
    if not times:
        return []
    rows = looks.embeddings([Place(t) for t in times])
    wanted = looks.encoder.embed_text(sought(question)).mean(axis=0)  # of several wordings, as CLIP's classes (2021)
    taken = choose_for(wanted, rows, np.array(times), count)
    return [times[i] for i in taken]


def bearing_frames(
    survey: Survey, looks: Looks, question: str, start: float | None, end: float | None
) -> list[FrameRef]:
    """Frames to be shown first for a question, of the part of the video that is asked about."""
    times = [
        t
        for t in times_about(survey, looks, question, BEARING_FRAMES)
        if (start is None or t >= start) and (end is None or t <= end)
    ]
    return [
        FrameRef(id=f"b{i + 1:03d}", t=round(t, 4), reason="question", shot=shot_id(survey.shot_at(t)), chosen=False)
        for i, t in enumerate(times)
    ]
