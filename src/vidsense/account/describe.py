"""In: a video. Out: its `Description`. The only module that knows every stage."""

from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from vidsense.account.account import (
    Budget,
    Coverage,
    Description,
    FactRef,
    Span,
    Timings,
)
from vidsense.account.account import Shot as ShotRef
from vidsense.account.account import Transition as TransitionRef
from vidsense.account.events import events_of
from vidsense.account.evidence import FrameList, Need, shot_id
from vidsense.account.labelled import Compared
from vidsense.account.looking import Looking
from vidsense.account.measured import Measured, account_text
from vidsense.account.observe import Cache, Observation, Progress, View, observe
from vidsense.account.words import at_time, length, several
from vidsense.facts.fact import Fact
from vidsense.facts.picture import nearest
from vidsense.frames.budget import FrameBudget
from vidsense.frames.clip import Clip
from vidsense.frames.sampling import Sampling, choose_frames
from vidsense.language.load import opened
from vidsense.language.model import LanguageModel
from vidsense.language.options import ModelOptions
from vidsense.source.file import FileStream, open_video
from vidsense.survey.survey import Survey
from vidsense.vision.encoder import VisionEncoder

if TYPE_CHECKING:  # what checks a model's words is loaded when there is one
    from vidsense.account.second_look import Check
    from vidsense.account.witness import OnEvent


def describe(
    location: str | Path,
    *,
    sampling: Sampling = "adaptive",
    frames: int | None = None,
    token_budget: int | None = None,
    tokens_per_frame: int = 196,
    start: float = 0.0,
    end: float | None = None,
    model: str | LanguageModel = "auto",
    model_options: ModelOptions | None = None,
    check: "Check" = "quick",
    about: str | None = None,
    labels: Sequence[str] = (),
    encoder: str | Path | VisionEncoder | None = None,
    speech_model: str | None = None,
    threads: int = 0,
    cache: Cache | None = None,
    on_event: "OnEvent | None" = None,
    on_progress: Progress | None = None,
) -> Description:
    """The account of one video: a file, a still image or a URL.

    `start` and `end` are seconds. `model`: who writes: the name of a language model with vision, or one that was loaded
    before; "none": it is measured alone; "auto": a running Ollama's, where it has one, else none. `check`: how its
    statements are checked. `about`: what is asked about: half of the frames are chosen for it. `labels`: words to be
    found in frames and movers. Both are compared by `encoder`: a name, a folder or a loaded one; none: the usual one.
    `speech_model`: a folder or the name of a Whisper of CTranslate2's, which writes down what
    is said (needs the extra "speech"). `cache`: what keeps measurements and answers for the next call. `on_event` gets
    each event as soon as it is known, `on_progress` a stage and the share of it that is done; what they raise stops the
    work. Raises `ValueError` for options that make no sense, `SourceError` when no picture can be decoded, `ModelError`
    when the model cannot be had or was lost: then the error's `partial` is the account of what was seen until then.
    """
    began = perf_counter()
    if check not in ("quick", "full", "off"):
        raise ValueError(f"check must be quick, full or off, got {check!r}")
    budget, view = FrameBudget(frames, token_budget, tokens_per_frame), View(start, end, speech_model)
    with opened(model, model_options) as witness:
        observation = observe(location, view, threads=threads, cache=cache, on_progress=on_progress)
        looking = Looking(about, tuple(labels), encoder)
        looks = looking.looks(location, cache=cache, threads=threads, on_progress=on_progress)
        observation = looking.labelled(observation, looks)
        clip = looking.clip(observation.survey, looks, budget)
        measured, account = described(
            observation,
            location,
            budget,
            sampling=sampling,
            threads=threads,
            began=began,
            clip=clip,
            compared=looking.compared(looks),
        )
        account = looking.timed(account, looks)
        if on_event:
            for event in account.events:
                on_event(event)
        if witness is None:
            return account
        from vidsense.account.spoken import spoken
        from vidsense.account.witness import Telling

        telling = Telling(check=check, replies=cache, on_event=on_event, on_progress=on_progress, threads=threads)
        return spoken(witness, measured, account, location, telling, began=began)


def described(
    observation: Observation,
    location: str | Path,
    budget: FrameBudget,
    *,
    sampling: Sampling = "adaptive",
    threads: int = 0,
    began: float,
    clip: Clip | None = None,
    compared: Compared | None = None,
) -> tuple[Measured, Description]:
    """The measured account of what was observed. `began`: `perf_counter` at the start; `clip`: frames chosen before;
    `compared`: the words that it was labelled with."""
    keys = None
    if sampling == "keyframe" and clip is None:
        with open_video(location, threads=threads) as stream:
            keys = key_seconds(stream)
    clip = clip or choose_frames(observation.survey, sampling, budget, key_seconds=keys)
    measured = Measured(observation, len(clip.frames), compared)
    budget_ref = Budget(
        sampling=sampling,
        frames=clip.most_frames,
        tokens=budget.tokens,
        tokens_per_frame=budget.tokens_per_frame,
        shots_left_out=clip.shots_left_out,
    )
    return measured, written(measured, clip, budget_ref, began)


def key_seconds(stream: FileStream) -> list[float]:
    """The times of the key frames."""
    index = stream.index()
    return sorted(index.pts_seconds[index.is_key].tolist())


def written(measured: Measured, clip: Clip, budget: Budget, began: float) -> Description:
    """Everything that was found, in the form of the published schema."""
    survey, info = measured.survey, measured.survey.info
    claims = [
        *(need_of(fact) for fact in measured.facts if fact.moment is not None),
        *(Need(a.start, a.end, a.moment) for a in measured.activities),
    ]
    frames = FrameList(survey, clip, [*claims, *fade_needs(survey)])
    facts = fact_refs(measured, frames)
    warnings = [*warnings_of(survey, clip), *measured.observation.warnings]
    return Description(
        video=info.name,
        description=account_text(measured, warnings),
        codec=info.codec,
        transcoded=False,
        elapsed_s=round(perf_counter() - began, 3),
        duration_s=round(whole_duration(survey), 4),
        width=info.width,
        height=info.height,
        frame_rate=info.frame_rate,
        recorded_at=info.recorded_at,
        model="none",
        camera="moving" if survey.camera_moves else "static",
        coverage=coverage_of(survey, len(clip.frames), measured.observation.frames_read),
        budget=budget,
        frames=frames.refs,
        shots=[
            ShotRef(id=shot_id(i), start=round(s.start, 4), end=round(s.end, 4), camera=s.camera)
            for i, s in enumerate(survey.shots)
        ],
        transitions=[
            TransitionRef(start=round(t.start, 4), end=round(t.end, 4), kind=t.kind) for t in survey.transitions
        ],
        facts=facts,
        events=events_of(measured, frames, facts),
        timings=Timings(
            decode_s=round(survey.decode_seconds, 3),
            survey_s=round(survey.survey_seconds, 3),
            facts_s=round(measured.observation.facts_seconds, 3),
        ),
        warnings=warnings,
    )


def whole_duration(survey: Survey) -> float:
    """How long the whole video is, also when only a part was surveyed."""
    declared = survey.info.declared_seconds or 0.0
    return (
        declared
        if declared > survey.end_seconds and survey.end_seconds < survey.picture_end_seconds
        else max(survey.end_seconds, declared if survey.start_seconds > 0 else 0.0)
    )


def need_of(fact: Fact) -> Need:
    """The frame that a fact must cite."""
    moment = fact.start if fact.moment is None else fact.moment
    return Need(fact.start, fact.end, moment, "text" if fact.kind == "text" else "evidence")


def fade_needs(survey: Survey) -> list[Need]:
    """The frames that fades and dissolves cite."""
    return [Need(t.start, t.end, nearest(survey, (t.start + t.end) / 2)) for t in survey.transitions if t.kind != "cut"]


def fact_refs(measured: Measured, frames: FrameList) -> list[FactRef]:
    """Facts with ids and the frames that show them."""
    counts: dict[str, int] = {}
    refs = []
    for fact in measured.facts:
        counts[fact.kind] = counts.get(fact.kind, 0) + 1
        refs.append(
            FactRef(
                id=f"{fact.kind}-{counts[fact.kind]}",
                kind=fact.kind,
                start=round(fact.start, 4),
                end=round(fact.end, 4),
                frames=[] if fact.moment is None else frames.cited(need_of(fact)),
                confidence=fact.confidence,
                **{key: value for key, value in fact.details.items() if value is not None},
            )
        )
    return refs


def coverage_of(survey: Survey, looked_at: int, read: int) -> Coverage:
    """Which spans were decoded and which could not be."""
    decoded: list[Span] = []
    at = survey.start_seconds
    for start, end in survey.gaps:
        if start > at:
            decoded.append((round(at, 4), round(start, 4)))
        at = max(at, end)
    if at < survey.end_seconds or not decoded:
        decoded.append((round(min(at, survey.end_seconds), 4), round(survey.end_seconds, 4)))
    return Coverage(
        decoded=decoded,
        gaps=[(round(a, 4), round(b, 4)) for a, b in survey.gaps],
        damaged_frames=survey.damaged_frames,
        looked_at=looked_at,
        read=read,
    )


def warnings_of(survey: Survey, clip: Clip) -> list[str]:
    """What a reader must know to trust the account no more than it deserves."""
    info, warnings = survey.info, []
    if survey.damaged_frames:
        why = f" ({'; '.join(survey.damage)})" if survey.damage else ""
        warnings.append(f"{several(survey.damaged_frames, 'frame').capitalize()} could not be decoded cleanly{why}.")
    for start, end in survey.gaps:
        warnings.append(f"No picture could be decoded from {at_time(start)} to {at_time(end)}.")
    if survey.end_seconds - survey.picture_end_seconds > 0.5 and not survey.gaps:
        warnings.append(
            f"The picture ends at {at_time(survey.picture_end_seconds)}; sound or subtitles go on to "
            f"{at_time(survey.end_seconds)}."
        )
    if (info.declared_seconds or 0.0) > whole_duration(survey) + 1.0:
        warnings.append(f"The file claims to be {length(info.declared_seconds or 0.0)} long; its picture ends before.")
    if info.video_tracks > 1:
        warnings.append(f"Only the main one of {info.video_tracks} picture tracks was looked at.")
    if clip.shots_left_out:
        warnings.append(
            f"{several(clip.shots_left_out, 'shot').capitalize()} of {len(survey.shots)} got no frame: the budget of "
            f"{clip.most_frames} did not reach. The longest and most different ones were taken."
        )
    return warnings
