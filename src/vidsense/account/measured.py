"""In: what was measured of a video. Out: the account in plain sentences, without any language model."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from vidsense.account.words import at_time, length, listed, number, place, several, way, without_repeats
from vidsense.facts.activity import Activity
from vidsense.facts.fact import Fact
from vidsense.survey.camera_motion import CameraMotion
from vidsense.survey.shots import Shot, Transition
from vidsense.survey.survey import Survey

RecordingKind = Literal["still picture", "slides", "screen", "fixed camera", "moving camera", "edited"]
DARK_LUMA = 50.0
BRIEF_SECONDS = 0.5
"""Shots shorter than this are too short to see what moves in them."""
MANY = 5
"""More activities than this in a shot are summed up instead of told one by one."""
CAMERA_DOES: dict[CameraMotion, str] = {
    "pan left": "pans left",
    "pan right": "pans right",
    "tilt up": "tilts up",
    "tilt down": "tilts down",
    "zoom in": "zooms in",
    "zoom out": "zooms out",
    "travel": "travels",
    "shake": "is unsteady",
    "static": "stands",
}


@dataclass(frozen=True, eq=False)
class Measured:
    """Everything that the sentences are made of."""

    survey: Survey
    facts: tuple[Fact, ...]
    activities: tuple[Activity, ...]
    looked_at: int

    @property
    def duration(self) -> float:
        """Seconds of what was surveyed."""
        return self.survey.end_seconds - self.survey.start_seconds

    @property
    def whole(self) -> bool:
        """Whether times are told to the second."""
        return self.duration > 120.0

    @property
    def moves(self) -> str:
        """What things do: on a screen they change, before a camera they move."""
        return "changes" if recording_kind(self.survey) in ("screen", "slides") else "moves"


def recording_kind(survey: Survey) -> RecordingKind:
    """What kind of recording this is, from how it changes: never from what it shows."""
    frames, pictures = len(survey.pts_seconds), int(survey.picture[-1]) + 1
    if frames == 1:
        return "still picture"
    repeated = 1.0 - pictures / frames
    drawn = survey.plain_share >= 0.3 or (survey.plain_share >= 0.1 and repeated >= 0.5)
    if drawn and not survey.camera_moves:
        return "slides" if len(survey.shots) > 1 and pictures <= 3 * len(survey.shots) else "screen"
    if len(survey.shots) > 1:
        return "edited"
    return "fixed camera" if survey.shots[0].camera == "static" else "moving camera"


def account_text(measured: Measured) -> str:
    """The account as Markdown: an opening paragraph, the timeline, what was seen."""
    parts = [opening(measured)]
    timeline_lines = timeline(measured)
    if timeline_lines:
        parts.append("\n".join(timeline_lines) if len(measured.survey.shots) > 1 else " ".join(timeline_lines))
    parts.append(closing(measured))
    return "\n\n".join(parts)


def opening(measured: Measured) -> str:
    """One sentence on the kind of recording, one on light and sound."""
    survey, lasting = measured.survey, length(measured.duration)
    shots = len(survey.shots)
    kind = recording_kind(survey)
    moves = [shot for shot in survey.shots if shot.camera != "static"]
    sentence = {
        "still picture": "A single picture.",
        "slides": f"Slides or still pages from a screen: {number(shots)} of them in {lasting}.",
        "screen": f"A screen recording, or something drawn: {lasting}"
        + (f" in {several(shots, 'part')}." if shots > 1 else "."),
        "fixed camera": f"A fixed camera watches one scene for {lasting}.",
        "moving camera": f"One shot of {lasting} from a moving camera.",
        "edited": f"An edited video of {lasting}: {several(shots, 'shot')}, {joined_by(survey.transitions)}."
        + (
            " The camera stands in every one."
            if not moves
            else f" The camera moves in {number(len(moves)) if len(moves) < shots else 'all'} of them."
        ),
    }[kind]
    extras = []
    if float(np.median(survey.brightness)) < DARK_LUMA and kind not in ("slides", "screen", "still picture"):
        extras.append("It is dark.")
    if survey.info.audio_tracks == 0 and kind != "still picture":
        extras.append("There is no sound.")
    return " ".join([sentence, *extras])


def joined_by(transitions: tuple[Transition, ...]) -> str:
    """How the shots follow each other."""
    cuts = sum(t.kind == "cut" for t in transitions)
    dissolves = sum(t.kind == "dissolve" for t in transitions)
    fades = sum(t.kind in ("fade in", "fade out") for t in transitions)
    parts = [several(n, noun) for n, noun in ((cuts, "cut"), (dissolves, "dissolve"), (fades, "fade")) if n]
    return "joined by " + listed(parts) if parts else "one after the other"


def timeline(measured: Measured) -> list[str]:
    """What happens in each shot, with its times."""
    survey = measured.survey
    if len(survey.pts_seconds) == 1:
        return []
    if len(survey.shots) == 1:
        return shot_sentences(measured, survey.shots[0])
    lines = []
    for shot in survey.shots:
        span = f"**{at_time(shot.start, measured.whole)}–{at_time(shot.end, measured.whole)}**"
        lines.append(f"- {span}: {' '.join(shot_sentences(measured, shot))}")
    return lines


def shot_sentences(measured: Measured, shot: Shot) -> list[str]:
    """What the camera does in a shot, what moves, and how it comes and goes."""
    told = sorted(fade_sentences(measured, shot))
    comes = [sentence for start, sentence in told if start < (shot.start + shot.end) / 2]
    goes = [sentence for start, sentence in told if start >= (shot.start + shot.end) / 2]
    if comes == ["Black."]:
        return comes
    if shot.end - shot.start < BRIEF_SECONDS:
        return [*comes, "Too short to tell what moves.", *goes]
    tell = activity_sentences if shot.camera == "static" else camera_sentences
    return without_repeats([*comes, *tell(measured, shot), *goes])


def fade_sentences(measured: Measured, shot: Shot) -> list[tuple[float, str]]:
    """Fades and black spans of a shot, each with its start."""
    sentences = []
    for t in measured.survey.transitions:
        if t.kind == "fade in" and shot.start <= t.start < shot.end:
            sentences.append((t.start, f"The picture fades in ({span(measured, t.start, t.end)})."))
        elif t.kind == "fade out" and shot.start <= t.start < shot.end:
            sentences.append((t.start, f"It fades out ({span(measured, t.start, t.end)})."))
    for fact in measured.facts:
        start, end = max(fact.start, shot.start), min(fact.end, shot.end)
        if fact.kind == "black" and end - start > 0.1:
            whole = end - start > 0.9 * (shot.end - shot.start)
            sentences.append((start, "Black." if whole else f"Black from {span(measured, start, end, ' to ')}."))
    return sentences


def camera_sentences(measured: Measured, shot: Shot) -> list[str]:
    """The camera's moves in a shot."""
    spans = [s for s in measured.survey.camera_spans if s.start < shot.end and s.end > shot.start]
    clear = [s for s in spans if s.motion != "shake"]
    if not clear:
        return ["The camera is unsteady."]
    if len({s.motion for s in clear}) == 1:
        always = sum(s.end - s.start for s in clear) > 0.75 * (shot.end - shot.start)
        when = "" if always else f" ({span(measured, max(shot.start, clear[0].start), min(shot.end, clear[-1].end))})"
        return [f"The camera {CAMERA_DOES[clear[0].motion]}{when}."]
    if len(clear) > MANY:
        kinds = listed(sorted({CAMERA_DOES[s.motion] for s in clear}))
        return [f"The camera moves a lot: it {kinds}, {CAMERA_DOES[shot.camera]} longest."]
    moves = [
        f"{CAMERA_DOES[s.motion]} ({span(measured, max(shot.start, s.start), min(shot.end, s.end))})" for s in clear
    ]
    return ["The camera " + ", then ".join(moves) + "."]


def activity_sentences(measured: Measured, shot: Shot) -> list[str]:
    """What moves in a shot with a standing camera, in the order in which it happens."""
    moving = [a for a in measured.activities if shot.start <= a.start < shot.end]
    if not moving:
        return [still_sentence(measured, shot)]
    seconds = sum(a.end - a.start for a in moving)
    if seconds > 0.85 * (shot.end - shot.start):
        return [f"Something {measured.moves} all the time, {where(max(moving, key=lambda a: a.end - a.start))}."]
    if len(moving) > MANY:
        longest = max(moving, key=lambda a: a.end - a.start)
        return [
            f"Something {measured.moves} {number(len(moving))} times between "
            f"{span(measured, moving[0].start, moving[-1].end, ' and ')}, longest {where(longest)} "
            f"({span(measured, longest.start, longest.end)})."
        ]
    sentences = []
    if moving[0].start - shot.start > 1.0:
        sentences.append(f"Nothing {measured.moves} until {at_time(moving[0].start, measured.whole)}.")
    for i, activity in enumerate(moving):
        when = f"from {span(measured, activity.start, activity.end, ' to ')}"
        lead = ("Then s" if sentences else "S") if i == 0 else ("Again s" if i == 1 else "S")
        sentences.append(f"{lead}{sized(activity)[1:]} {measured.moves} {where(activity)}, {when}.")
    if shot.end - moving[-1].end > 1.0:
        sentences.append(f"After that nothing {measured.moves}.")
    return sentences


def still_sentence(measured: Measured, shot: Shot) -> str:
    """For a shot in which nothing was seen to move."""
    changes = measured.survey.picture
    inside = (measured.survey.pts_seconds >= shot.start) & (measured.survey.pts_seconds < shot.end)
    one_picture = len(set(changes[inside].tolist())) <= 1
    return "One still picture." if one_picture else f"Nothing {measured.moves}."


def sized(activity: Activity) -> str:
    """What moves, by its size alone."""
    if activity.share < 0.012:
        return "something very small"
    return "something small" if activity.share < 0.05 else "something large" if activity.share > 0.3 else "something"


def where(activity: Activity) -> str:
    """Where it moves, or which way."""
    direction = way(activity.entered_at, activity.left_at)
    if direction is not None and activity.share < 0.3:
        return direction
    x, y = ((a + b) / 2 for a, b in zip(activity.entered_at, activity.left_at, strict=True))
    return place(x, y)


def span(measured: Measured, start: float, end: float, between: str = "–") -> str:
    """Two times."""
    return f"{at_time(start, measured.whole)}{between}{at_time(end, measured.whole)}"


def closing(measured: Measured) -> str:
    """What was looked at, and what nobody looked for."""
    survey = measured.survey
    seen = "the picture" if len(survey.pts_seconds) == 1 else "every frame at low resolution"
    unheard = " The sound was not listened to." if survey.info.audio_tracks else ""
    return (
        f"*Seen: {seen}, {number(measured.looked_at)} chosen to look at closely.{unheard} Measured only, without a "
        "language model: what moves is not named.*"
    )
