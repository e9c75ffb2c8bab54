"""In: what was measured of a video. Out: the account in plain sentences, without any language model."""

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Literal

from vidsense.account.labelled import Compared, labels_sentence
from vidsense.account.moves import CAMERA_DOES, activity_sentences, camera_sentences, does, light_words, sized
from vidsense.account.observe import Observation
from vidsense.account.said import heard_sentence, on_screen, quoted, title_of
from vidsense.account.words import at_time, capitalized, length, listed, number, several, without_repeats
from vidsense.facts.activity import Activity, activities, mover_activities
from vidsense.facts.fact import Fact
from vidsense.facts.light import steps_of
from vidsense.survey.series import median
from vidsense.survey.shots import Shot
from vidsense.survey.survey import Survey

RecordingKind = Literal["still picture", "pages", "screen", "fixed camera", "moving camera", "edited"]
DARK_LUMA = 50.0
PROPOSED = "qwen3-vl:4b"
"""The vision model that is proposed where there is none."""
BRIEF_SECONDS = 0.5
"""Shots shorter than this are too short to see what moves in them."""

__all__ = ["CAMERA_DOES", "Measured", "account_text", "does", "light_words", "quoted", "recording_kind", "sized"]


@dataclass(frozen=True, eq=False)
class Measured:
    """Everything that the sentences are made of."""

    observation: Observation
    looked_at: int
    compared: Compared | None = None
    """The words that frames and movers were compared with, where any were."""

    @property
    def survey(self) -> Survey:
        """What the pass measured."""
        return self.observation.survey

    @property
    def facts(self) -> tuple[Fact, ...]:
        """In time order."""
        return self.observation.facts

    @property
    def was_heard(self) -> bool:
        """Whether the sound was listened to."""
        return self.observation.was_heard

    @cached_property
    def activities(self) -> tuple[Activity, ...]:
        """What moves: on screens any change, before a standing camera the movers."""
        lights = steps_of(self.of_kind("light"))
        if self.kind in ("screen", "pages"):
            return tuple(activities(self.survey, lights))
        movers = self.of_kind("mover")
        inside = ([m for m in movers if shot.start <= m.start < shot.end] for shot in self.survey.shots)
        return tuple(activity for group in inside for activity in mover_activities(group))

    def of_kind(self, kind: str) -> list[Fact]:
        """The facts of one kind, in time order."""
        return [fact for fact in self.facts if fact.kind == kind]

    @property
    def duration(self) -> float:
        """Seconds of what was surveyed."""
        return self.survey.end_seconds - self.survey.start_seconds

    @cached_property
    def kind(self) -> RecordingKind:
        """What kind of recording this is."""
        return recording_kind(self.survey)

    @property
    def verb(self) -> str:
        """What things do: on a screen they change, before a camera they move."""
        return "changes" if self.kind in ("screen", "pages") else "moves"

    def at(self, seconds: float) -> str:
        """A time as this account writes it: to the tenth in short videos."""
        return at_time(seconds, whole=self.duration > 120.0)

    def span(self, start: float, end: float, between: str = "–") -> str:
        """Two times, or one where they are the same as they are written."""
        first, last = self.at(start), self.at(end)
        return first if first == last else f"{first}{between}{last}"


def recording_kind(survey: Survey) -> RecordingKind:
    """What kind of recording this is, from how it changes: never from what it shows."""
    frames, pictures = len(survey.pts_seconds), int(survey.picture[-1]) + 1
    if frames == 1:
        return "still picture"
    repeated = 1.0 - pictures / frames
    drawn = survey.plain_share >= 0.3 or (survey.plain_share >= 0.1 and repeated >= 0.5)
    if drawn and not survey.camera_moves:
        return "pages" if len(survey.shots) > 1 and pictures <= 3 * len(survey.shots) else "screen"
    if len(survey.shots) > 1:
        return "edited"
    return "fixed camera" if survey.shots[0].camera == "static" else "moving camera"


def account_text(measured: Measured, warnings: list[str]) -> str:
    """The account as Markdown: an opening paragraph, the timeline, what must be known, what was seen."""
    parts = what_happens(measured)
    parts += [*told_beside(measured), *([unknown] if (unknown := could_not_tell(measured)) else [])]
    if warnings:
        parts.append("*Note: " + " ".join(warnings) + "*")
    parts.append(closing(measured))
    return "\n\n".join(parts)


def told_beside(measured: Measured) -> list[str]:
    """What is written and heard, and which of the given words fit."""
    sentences = on_screen(measured), heard_sentence(measured), labels_sentence(measured.compared, measured)
    return [sentence for sentence in sentences if sentence]


def what_happens(measured: Measured) -> list[str]:
    """The opening paragraph and the timeline."""
    lines = timeline(measured)
    if not lines:
        return [opening(measured)]
    return [opening(measured), "\n".join(lines) if lines[0].startswith("- ") else " ".join(lines)]


def opening(measured: Measured) -> str:
    """One sentence on the kind of recording, one on light and sound."""
    survey, lasting, kind = measured.survey, length(measured.duration), measured.kind
    shots = len(survey.shots)
    sentence = {
        "still picture": "A single picture.",
        "pages": f"{capitalized(several(shots, 'still page'))} in {lasting}, as of slides.",
        "screen": f"A screen recording or animation of {lasting}"
        + (f", in {several(shots, 'part')}." if shots > 1 else "."),
        "fixed camera": f"A fixed camera watches one scene for {lasting}.",
        "moving camera": f"One shot of {lasting} from a moving camera.",
        "edited": f"An edited video of {lasting}: {several(shots, 'shot')}, {joined_by(survey)}. {cameras(survey)}",
    }[kind]
    extras = []
    if median(survey.brightness) < DARK_LUMA and kind not in ("pages", "screen", "still picture"):
        extras.append("It is dark.")
    if survey.info.audio_tracks == 0 and kind != "still picture":
        extras.append("There is no sound.")
    title = title_of(measured)
    if title is not None:
        extras.append(f"In large letters it says {quoted(title)}.")
    return " ".join([sentence, *extras])


def cameras(survey: Survey) -> str:
    """In how many shots the camera moves."""
    moves, shots = sum(shot.camera != "static" for shot in survey.shots), len(survey.shots)
    if moves == 0:
        return "The camera is still throughout."
    which = number(moves) if moves < shots else "both" if shots == 2 else "all"
    return f"The camera moves in {which} of them."


def joined_by(survey: Survey) -> str:
    """How the shots follow each other: one join for each boundary."""
    kinds = []
    for before, _ in pairwise(survey.shots):
        near = min(survey.transitions, key=lambda t: max(t.start - before.end, before.end - t.end, 0.0))
        kinds.append("fade" if near.kind.startswith("fade") else near.kind)
    parts = [several(kinds.count(kind), kind) for kind in ("cut", "dissolve", "fade") if kind in kinds]
    return "joined by " + listed(parts) if parts else ""


def timeline(measured: Measured) -> list[str]:
    """What happens in each shot, with its times."""
    survey = measured.survey
    if len(survey.pts_seconds) == 1:
        return []
    if len(survey.shots) == 1:
        return shot_sentences(measured, survey.shots[0])
    told = [shot_sentences(measured, shot) for shot in survey.shots]
    if measured.kind == "pages" and all(sentences == ["One still picture."] for sentences in told):
        changes = [measured.at(shot.start) for shot in survey.shots[1:]]
        return [f"The page changes at {listed(changes)}."]
    return [
        f"- **{measured.span(shot.start, shot.end)}**: {' '.join(sentences)}"
        for shot, sentences in zip(survey.shots, told, strict=True)
    ]


def shot_sentences(measured: Measured, shot: Shot) -> list[str]:
    """What the camera does in a shot, what moves, and how it comes and goes."""
    told = passing_sentences(measured, shot)
    if [sentence for _, sentence in told] == ["Black."]:
        return ["Black."]
    if shot.end - shot.start < BRIEF_SECONDS:
        told.append((shot.start, "Too short to tell what moves."))
    elif shot.camera == "static":
        told += activity_sentences(measured, shot)
    else:
        told += [(shot.start, sentence) for sentence in camera_sentences(measured, shot)]
    return without_repeats([sentence for _, sentence in sorted(told, key=lambda entry: entry[0])])


def passing_sentences(measured: Measured, shot: Shot) -> list[tuple[float, str]]:
    """Fades, dissolves, black spans and changes of light of a shot, each with its start."""
    found = []
    for t in measured.survey.transitions:
        if not shot.start <= t.start < shot.end or t.kind == "cut":
            continue
        words = {
            "fade in": "The picture fades in", "fade out": "It fades out", "dissolve": "It dissolves into the next"
        }[t.kind]  # fmt: skip
        found.append((t.start, f"{words} ({measured.span(t.start, t.end)})."))
    for fact in measured.facts:
        start, end = max(fact.start, shot.start), min(fact.end, shot.end)
        if fact.kind == "light" and shot.start <= fact.start < shot.end:
            found.append((start, light_sentence(measured, shot, fact)))
        elif fact.kind == "black" and end - start > 0.1:
            whole = end - start > 0.9 * (shot.end - shot.start)
            found.append((start, "Black." if whole else f"Black from {measured.span(start, end, ' to ')}."))
    return found


def light_sentence(measured: Measured, shot: Shot, fact: Fact) -> str:
    """How the light changes, and when."""
    if fact.details["change"] == "flicker":
        return f"The light flickers from {measured.span(fact.start, fact.end, ' to ')}."
    later = [f for f in measured.of_kind("light") if f.start > fact.start and f.details["change"] == "off"]
    lasting = fact.details["change"] == "on" and not any(f.start < shot.end for f in later)
    stays = f"{',' if 'at' in fact.details else ''} and stays on" if lasting else ""
    return f"At {measured.at(fact.start)} {light_words(fact)}{stays}."


def closing(measured: Measured) -> str:
    """What was looked at, and what nobody looked for."""
    survey = measured.survey
    seen = "the picture" if len(survey.pts_seconds) == 1 else "every frame that could be decoded, at low resolution"
    chosen = several(measured.looked_at, "frame")
    moving = bool(measured.activities) and measured.verb == "moves"
    wish = "what moves named" if moving else "its pictures put into words"
    cure = f"to have {wish}, start Ollama with a vision model (`ollama pull {PROPOSED}`) or pass `--model`"
    return f"*Seen: {seen}; {chosen} chosen to stand for the rest. Measured only: {cure}.*"


def could_not_tell(measured: Measured) -> str:
    """What happens there that measurements have no word for."""
    unknown = ["what it is that moves"] if measured.activities and measured.verb == "moves" else []
    moving = [shot for shot in measured.survey.shots if shot.camera != "static"]
    if moving and measured.verb == "moves":
        unknown.append("what moves while the camera does")
    if measured.of_kind("speech") and not measured.of_kind("transcript") and measured.was_heard:
        unknown.append("what is said")
    blurred = measured.of_kind("blurred")
    if blurred:
        unknown.append(f"what is there while the picture is blurred ({listed_spans(measured, blurred)})")
    return f"Could not tell: {listed(unknown)}." if unknown else ""


def listed_spans(measured: Measured, facts: list[Fact]) -> str:
    """The times of some facts."""
    return listed([measured.span(fact.start, fact.end) for fact in facts])
