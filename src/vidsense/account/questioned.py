"""In: a question and a model. Out: `Answer`: frames are chosen for the question, looked at coarsely, then closely where
the first look points, and the answer is checked."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter

import numpy as np

from vidsense.account.account import Answer, Description, FactRef, FrameRef, Moment
from vidsense.account.asking import Asker, fault_sentences
from vidsense.account.check import Checked, Measures, check
from vidsense.account.evidence import shot_id
from vidsense.account.prompts import (
    ANSWER_FORM,
    QUESTION,
    SYSTEM,
    Scene,
    answer_schema,
    fact_line,
    facts_between,
    fenced,
    opening,
    those_that_fit,
)
from vidsense.account.question import Question
from vidsense.account.replies import AnswerReading, Claim, read_answer
from vidsense.account.second_look import Check, own_pictures, shown_parts, verdicts_on
from vidsense.account.windows import Room, room_for, shown_size
from vidsense.account.words import at_time, length, listed, several
from vidsense.errors import ModelError
from vidsense.language.model import Picture, Prompt
from vidsense.source.file import FileStream
from vidsense.survey.survey import Survey

Exchange = tuple[str, str]
"""A question and its answer."""
COARSE_LOOKS = 4
"""At most so many windows of frames are looked at for one question, before the close look."""
TOGETHER_SECONDS = 2.0
"""Cited frames nearer than this to each other are one moment, also with others between them."""


@dataclass(frozen=True)
class Look:
    """One look: the frames, the prompt's beginning that shows them, and what the model said."""

    frames: tuple[FrameRef, ...]
    shown: tuple[str | Picture, ...]
    said: AnswerReading


class Questioned:
    """Looks at one video for the answer to a question."""

    def __init__(
        self,
        asker: Asker,
        account: Description,
        survey: Survey,
        stream: FileStream,
        *,
        check: Check,
        bearing: Sequence[FrameRef] = (),
    ) -> None:
        """`bearing`: frames that an encoder found for the question."""
        model = asker.model
        if model.limits.pictures == 0:
            raise ModelError(f"{model.name} reads no pictures. Choose a model with vision.")
        self.asker, self.account, self.survey, self.stream, self.check = asker, account, survey, stream, check
        self.size = shown_size(account.height, account.width, model.limits.picture_size)
        self.room: Room = room_for(model, self.size)
        self.measures = Measures(tuple(account.facts), account.camera == "static")
        self.bearing = tuple(bearing)
        self.shown: dict[str, FrameRef] = {}
        self.dropped = 0

    def answer(self, asked: Question, history: Sequence[Exchange], began: float) -> Answer:
        """The answer, with the moments that it rests on."""
        coarse = [self._look(frames, asked, history) for frames in self._coarse_frames(asked)]
        pointing = [look for look in coarse if look.said.found and self._cited(look)]
        best = pointing[0] if pointing else None
        if best is not None:
            closer = self._closer_frames(best)
            if closer:
                close = self._look(closer, asked, history)
                best = close if close.said.found and self._cited(close) else best
        looks = [best, *(look for look in pointing[1:])] if best else []
        held = [look for look in looks if self._holds(look, asked)]
        return self._written(asked, held, self._why_not(coarse, doubted=bool(looks)), began)

    def _why_not(self, looks: Sequence[Look], *, doubted: bool) -> str:
        """Why there may be no answer: an answer that could not be used is no denial."""
        if doubted:
            return "a first look found something, a second one did not"
        if self.asker.faults or not all(look.said.in_form for look in looks):
            return ""
        return "nothing in it answers that"

    def _cited(self, look: Look) -> list[FrameRef]:
        """The frames of a look that its answer cites; where it cites data alone, those that show the data."""
        named = set(look.said.evidence)
        cited = [frame for frame in look.frames if frame.id in named]
        if cited:
            return cited
        facts = [fact for fact in self.account.facts if fact.id in named]
        return [f for f in look.frames if any(fact.start <= f.t <= fact.end for fact in facts)]

    def _coarse_frames(self, asked: Question) -> list[tuple[FrameRef, ...]]:
        """Frames for the first look, in windows: of the part that is asked about, those that bear on it first."""
        start = asked.start if asked.start is not None and asked.start <= self.account.duration_s else None
        end = None if start is None else asked.end if asked.end is not None else start + 1.0
        chosen = [frame for frame in self.account.frames if frame.chosen]
        there = [
            frame
            for frame in self.account.frames
            if (start is None or frame.t >= start) and (end is None or frame.t <= end)
        ]
        if not any(frame.chosen for frame in there):
            there.append(min(chosen, key=lambda frame: abs(frame.t - (start or 0.0))))
        most = COARSE_LOOKS * self.room.frames
        near = {id_ for fact in self._bearing(asked) for id_ in fact.frames}
        times = {frame.t for frame in there if frame.id in near}
        found = [frame for frame in self.bearing if frame.t not in times]
        first = [*found, *(frame for frame in there if frame.id in near)][:most]
        taken = {frame.t for frame in first}
        rest = [frame for frame in there if frame.chosen and frame.t not in taken]
        kept = sorted([*first, *spread(rest, most - len(first))], key=lambda frame: frame.t)
        return [tuple(kept[i : i + self.room.frames]) for i in range(0, len(kept), self.room.frames)]

    def _bearing(self, asked: Question) -> list[FactRef]:
        """Facts whose words stand in the question."""
        words = {word for word in re.findall(r"\w+", asked.text.lower()) if len(word) > 3}
        texts = [fact for fact in self.account.facts if (fact.model_extra or {}).get("text")]
        return [f for f in texts if words & set(re.findall(r"\w+", str((f.model_extra or {})["text"]).lower()))]

    def _closer_frames(self, look: Look) -> tuple[FrameRef, ...]:
        """More frames where a look points: the cited ones and new ones between their neighbours, evenly in time."""
        cited = self._cited(look)
        times = [frame.t for frame in self.account.frames if frame.chosen]
        start = max([t for t in times if t < cited[0].t], default=cited[0].t)
        end = min([t for t in times if t > cited[-1].t], default=cited[-1].t)
        fresh = self.room.frames - min(len(cited), self.room.frames // 2)
        known = self.survey.pts_seconds[(self.survey.pts_seconds >= start) & (self.survey.pts_seconds <= end)]
        wanted = np.linspace(start, end, fresh + 2)[1:-1]
        nearest = {float(known[np.abs(known - t).argmin()]) for t in wanted} if len(known) else set()
        new = sorted(t for t in nearest if all(abs(t - frame.t) > 1e-3 for frame in look.frames))
        refs = [
            FrameRef(id=f"q{i + 1:03d}", t=round(t, 4), reason="question", shot=shot_id(self.survey.shot_at(t)),
                     chosen=False) for i, t in enumerate(new)
        ]  # fmt: skip
        if not refs:
            return ()
        return tuple(sorted([*spread(cited, self.room.frames - len(refs)), *refs], key=lambda frame: frame.t))

    def _look(self, frames: tuple[FrameRef, ...], asked: Question, history: Sequence[Exchange]) -> Look:
        """What the model says to the question when it sees these frames."""
        pictures = [
            Picture(ref.id, ref.t, frame.pixels)
            for ref, frame in zip(frames, self.stream.frames_at([f.t for f in frames], self.size), strict=True)
        ]
        facts = self._facts(frames)
        said_before = [f"Asked: {question} Answered: {answer}" for question, answer in history[-3:]]
        while said_before and self.asker.model.text_tokens(" ".join(said_before)) > self.room.text_tokens // 4:
            said_before.pop(0)
        scene = Scene(
            about=f"A video of {length(self.account.duration_s)}.",
            part=f"{several(len(frames), 'frame')} of it, from {at_time(frames[0].t)} to {at_time(frames[-1].t)}.",
            facts=tuple(fact_line(fact) for fact in facts),
            left_out=len(facts_between(self.account.facts, frames[0].t, frames[-1].t)) - len(facts),
            before=" ".join(said_before),
        )
        shown = shown_parts(opening(scene), frames, pictures)
        plain_form = "" if self.asker.model.limits.schema else ANSWER_FORM
        prompt = Prompt(SYSTEM, (*shown, QUESTION.format(question=fenced(asked.text)) + plain_form))
        given = self.asker.ask(prompt, self.room.answer_tokens, answer_schema(frames, facts), "looking for it")
        self.shown |= {frame.id: frame for frame in frames}
        said = read_answer(given.text)
        known = {frame.id for frame in frames} | {fact.id for fact in facts}
        self.dropped += len(set(said.evidence) - known)
        return Look(frames, shown, said)

    def _facts(self, frames: tuple[FrameRef, ...]) -> list[FactRef]:
        """The facts that the model is told: as many as there is room for beside the instructions."""
        there = facts_between(self.account.facts, frames[0].t, frames[-1].t)
        return those_that_fit(self.asker.model, there, self.room.text_tokens // 3)

    def _holds(self, look: Look, asked: Question) -> bool:
        """Whether a second look at the cited frames bears the answer out, or at least does not deny it."""
        if self.check == "off":
            return True
        if self._checked(look).against:
            return False
        claim = f"{fenced(asked.text)} {look.said.answer}"
        own = own_pictures(look.shown, [frame.id for frame in self._cited(look)], self.room.frames)
        return verdicts_on(self.asker, own or look.shown, [claim], "the answer")[0] != "no"

    def _checked(self, look: Look) -> Checked:
        """The answer of a look as a claim, placed and compared with what was measured."""
        cited = self._cited(look)
        claim = Claim(look.said.answer, cited[0].id, cited[-1].id, look.said.evidence)
        return check(claim, look.frames, self.measures)

    def _written(self, asked: Question, looks: list[Look], why_not: str, began: float) -> Answer:
        """The answer with its moments, or that there is none."""
        moments = [moment for look in looks for moment in self._moments(look)]
        text = self._told(looks) if looks else self._not_there(why_not)
        cited = {id_ for moment in moments for id_ in moment.evidence}
        frames = sorted(({f.id: f for f in self.account.frames} | self.shown).values(), key=lambda frame: frame.t)
        coverage = self.account.coverage.model_copy(
            update={"shown_to_model": len(self.shown), "dropped_ids": self.dropped}
        )
        return Answer(
            video=self.account.video,
            question=asked.text,
            answer=text,
            found=bool(looks),
            moments=moments,
            frames=[frame for frame in frames if frame.id in cited],
            model=self.asker.model.name,
            coverage=coverage,
            elapsed_s=round(perf_counter() - began, 3),
            warnings=[*self.account.warnings, *fault_sentences(self.asker.faults)],
        )

    def _told(self, looks: list[Look]) -> str:
        """What the looks say, each with its times and what could not be confirmed."""
        told = []
        for look in looks:
            checked = self._checked(look)
            when = listed([spanned(m) for m in self._moments(look)[:6]])
            doubts = f" Not sure: {'; '.join(checked.doubts)}." if checked.doubts else ""
            told.append(f"{checked.text.rstrip('.') or 'Seen'} ({when}).{doubts}")
        return " ".join(dict.fromkeys(told))

    def _not_there(self, why: str) -> str:
        """That nothing was found, and what was looked at."""
        times = sorted(frame.t for frame in self.shown.values())
        where = f"between {at_time(times[0])} and {at_time(times[-1])}" if len(times) > 1 else f"at {at_time(times[0])}"
        looked = f"looked at {several(len(times), 'frame')} {where} closely, and at every frame at low resolution"
        if not why:
            return f"{self.asker.model.name} gave no answer that could be used; {looked}."
        return f"Not in this video, as far as was seen: {why}; {looked}."

    def _moments(self, look: Look) -> list[Moment]:
        """The cited frames as moments: neighbours belong together."""
        cited, text = self._cited(look), self._checked(look).text or "Seen."
        facts = [id_ for id_ in look.said.evidence if id_ in {fact.id for fact in self.account.facts}]
        groups: list[list[FrameRef]] = []
        for frame in cited:
            order = look.frames.index(frame)
            near = groups and (
                look.frames.index(groups[-1][-1]) == order - 1 or frame.t - groups[-1][-1].t < TOGETHER_SECONDS
            )
            if near:
                groups[-1].append(frame)
            else:
                groups.append([frame])
        return [
            Moment(
                start=group[0].t,
                end=group[-1].t,
                text=text,
                evidence=[*facts, *(frame.id for frame in group)],
            )
            for group in groups
        ]


def spread(frames: Sequence[FrameRef], most: int) -> list[FrameRef]:
    """At most so many of the frames, evenly over all of them."""
    if most <= 0:
        return []
    if len(frames) <= most:
        return list(frames)
    return [frames[round(i * (len(frames) - 1) / max(1, most - 1))] for i in range(most)]


def spanned(moment: Moment) -> str:
    """When a moment is, in words."""
    start, end = at_time(moment.start), at_time(moment.end)
    return start if start == end else f"{start}–{end}"
