"""In: a measured account and a language model. Out: `Testimony`, what the model says it sees, checked as it comes."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import perf_counter

from vidsense.account.account import Description, Event, FactRef, FrameRef
from vidsense.account.asking import Asker, Progress, Replies, fault_sentences
from vidsense.account.check import Checked, Measures, check, place
from vidsense.account.event_book import EventBook
from vidsense.account.prompts import (
    REPAIR,
    SYSTEM,
    Scene,
    fact_line,
    facts_between,
    fenced,
    opening,
    task,
    those_that_fit,
    window_schema,
)
from vidsense.account.replies import Claim, WindowReading, read_window
from vidsense.account.second_look import Check, looked_again, shown_parts
from vidsense.account.summing import summed
from vidsense.account.windows import SCENE_TOKENS, Room, Window, room_for, shown_size, windows_of
from vidsense.account.words import at_time, capitalized, length, several
from vidsense.errors import ModelError, VidSenseError
from vidsense.language.model import LanguageModel, Picture, Prompt
from vidsense.source.file import FileStream, open_video

OnEvent = Callable[[Event], None]
MEMORY_EVENTS, MEMORY_SHARE = 4, 0.25


@dataclass(frozen=True, kw_only=True)
class Telling:
    """How a model is made to tell what it sees."""

    check: Check = "quick"
    replies: Replies | None = None
    on_event: OnEvent | None = None
    """Gets each event as soon as it is checked."""
    on_progress: Progress | None = None
    threads: int = 0


@dataclass(eq=False)
class Testimony:
    """What a model said of a video."""

    events: list[Event] = field(default_factory=list)
    summary: list[str] = field(default_factory=list)
    """Sentences."""
    shown: int = 0
    """Frames that it was shown."""
    frames: list[FrameRef] = field(default_factory=list)
    """Those of them that the account does not have yet."""
    dropped_ids: int = 0
    warnings: list[str] = field(default_factory=list)
    seconds: float = 0.0
    """How long it took."""
    broken: BaseException | None = None
    """What ended it before its time."""


class Witness:
    """Shows a model one window of frames after the other, and takes down what it says."""

    def __init__(self, model: LanguageModel, account: Description, stream: FileStream, telling: Telling) -> None:
        if model.limits.pictures == 0:
            raise ModelError(
                f"{model.name} reads no pictures. Choose a model with vision; `vidsense models` lists them."
            )
        self.model, self.account, self.stream, self.telling = model, account, stream, telling
        self.asker = Asker(model, telling.replies, telling.on_progress)
        self.size = shown_size(account.height, account.width, model.limits.picture_size)
        self.room: Room = room_for(model, self.size)
        chosen = [frame for frame in account.frames if frame.chosen]
        self.windows = windows_of(chosen, self.room.frames)
        self.measures = Measures(tuple(account.facts), account.camera == "static")
        self.testimony = Testimony()
        self._book = EventBook(len(account.events) + 1)

    def testify(self) -> Testimony:
        """All windows, then the summary. What breaks it is kept with what was said until then."""
        told, began = self.testimony, perf_counter()
        try:
            done = 0
            while done < len(self.windows):
                for window, claims in self._read_together(self.windows[done : done + self.model.limits.parallel], done):
                    done += 1
                    told.shown += len(window.frames)
                    told.dropped_ids += sum(claim.dropped for claim in claims)
                    span = (window.start, window.end)
                    self._give_out(self._book.add(claims, span, last=done == len(self.windows)))
            worth = [event for event in self._book.events if event.status != "unsupported" and not event.note]
            told.summary, unfounded = summed(self.asker, worth, self.measures)
            if unfounded:
                self._warn(f"{capitalized(several(unfounded, 'sentence'))} of its summary rested on nothing; left out.")
        except (VidSenseError, KeyboardInterrupt) as error:
            self._give_out(self._book.add([], (0.0, 0.0), last=True))
            told.broken = error
        told.events = self._book.events
        told.warnings += self._warnings()
        told.seconds = perf_counter() - began
        return told

    def _give_out(self, events: Sequence[Event]) -> None:
        for event in events:
            if self.telling.on_event:
                self.telling.on_event(event)

    def _read_together(self, group: list[Window], done: int) -> Iterator[tuple[Window, list[Checked]]]:
        """Windows that are asked about at the same time, each with its claims as soon as those before it are there."""
        pictures = [self._pictures(window) for window in group]
        numbers = range(done, done + len(group))
        if len(group) == 1:
            yield group[0], self._claims(group[0], pictures[0], done)
            return
        with ThreadPoolExecutor(len(group)) as pool:
            answers = [pool.submit(self._claims, *one) for one in zip(group, pictures, numbers, strict=True)]
            try:
                for window, answer in zip(group, answers, strict=True):
                    yield window, answer.result()
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise

    def _pictures(self, window: Window) -> list[Picture]:
        times = [frame.t for frame in window.frames]
        frames = self.stream.frames_at(times, self.size)
        return [Picture(ref.id, ref.t, frame.pixels) for ref, frame in zip(window.frames, frames, strict=True)]

    def _claims(self, window: Window, pictures: list[Picture], number: int) -> list[Checked]:
        """What the model says of a window, checked; in two halves where the whole is too long for one answer."""
        doing = f"part {number + 1} of {len(self.windows)}"
        share = number / len(self.windows)
        facts = self._facts(window)
        shown = shown_parts(opening(self._scene(window, number, facts)), window.frames, pictures)
        prompt = Prompt(SYSTEM, (*shown, task(window.frames, schema=self.model.limits.schema)))
        form = window_schema(window.frames, facts)
        given = self.asker.ask(prompt, self.room.answer_tokens, form, doing, share)
        if given.fault == "length" and len(window.frames) > 1:
            half = len(window.frames) // 2
            first, second = Window(window.frames[:half]), Window(window.frames[half:])
            return [*self._claims(first, pictures[:half], number), *self._claims(second, pictures[half:], number)]
        reading = self._in_form(read_window(given.text), given.text, window, facts)
        checked = [self._checked(claim, window) for claim in claims_of(reading, window)]
        return looked_again(self.asker, checked, shown, most=self.room.frames, check=self.telling.check, doing=doing)

    def _checked(self, claim: Claim, window: Window) -> Checked:
        if self.telling.check == "off":
            return place(claim, window.frames, self.measures)
        return check(claim, window.frames, self.measures)

    def _in_form(self, reading: WindowReading, text: str, window: Window, facts: list[FactRef]) -> WindowReading:
        """A reading of an answer that kept to no form: asked once to put it in form, else kept as text and flagged."""
        if reading.in_form or not text.strip():
            if not text.strip():
                self._warn(f"The model said nothing of {spanned(window)}.")
            return reading
        first, last = window.frames[0].id, window.frames[-1].id
        ask = REPAIR.format(first=first, last=last, answer=fenced(text)[: 3 * self.room.text_tokens])
        again = task(window.frames, schema=self.model.limits.schema)
        prompt = Prompt(SYSTEM, (f"{ask}\n{again}",))
        if self.model.text_tokens(SYSTEM + ask + again) + self.room.answer_tokens < self.model.limits.context // 1.1:
            given = self.asker.ask(prompt, self.room.answer_tokens, window_schema(window.frames, facts))
            if (repaired := read_window(given.text)).in_form:
                return repaired
        self._warn(
            f"What the model said of {spanned(window)} is not in the form that was asked for; it is kept as text."
        )
        return replace(reading, summary=" ".join(text.split()), in_form=False)

    def _facts(self, window: Window) -> list[FactRef]:
        """The facts that the model is told with a window: those for which there is room."""
        there = facts_between(self.account.facts, window.start, window.end)
        left = self.room.text_tokens - self.model.text_tokens(
            SYSTEM + task(window.frames, schema=False) + self._before()
        )
        return those_that_fit(self.model, there, left - SCENE_TOKENS)

    def _scene(self, window: Window, number: int, facts: list[FactRef]) -> Scene:
        account = self.account
        camera = "a fixed camera" if account.camera == "static" else "a moving camera"
        shots = f", {len(account.shots)} shots" if len(account.shots) > 1 else ""
        parts = f"This is part {number + 1} of {len(self.windows)}." if len(self.windows) > 1 else "This is all of it."
        there = len(facts_between(account.facts, window.start, window.end))
        return Scene(
            about=f"A video of {length(account.duration_s)}, {camera}{shots}.",
            part=parts,
            facts=tuple(fact_line(fact) for fact in facts),
            left_out=there - len(facts),
            before=self._before(),
        )

    def _before(self) -> str:
        """The latest events that were told, as many as a part of the room for text holds."""
        told = [event.text for event in self._book.events if event.status != "unsupported"][-MEMORY_EVENTS:]
        while told and self.model.text_tokens(" ".join(told)) > MEMORY_SHARE * self.room.text_tokens:
            told.pop(0)
        return " ".join(told)

    def _warn(self, sentence: str) -> None:
        if sentence not in self.testimony.warnings:
            self.testimony.warnings.append(sentence)

    def _warnings(self) -> list[str]:
        told, sentences = self.testimony, []
        if told.dropped_ids:
            one = told.dropped_ids == 1
            ids = capitalized(several(told.dropped_ids, "id"))
            sentences.append(f"{ids} that the model named {'does' if one else 'do'} not exist; dropped.")
        sentences += fault_sentences(self.asker.faults)
        if told.broken is not None:
            until = self._book.events[-1].end if self._book.events else 0.0
            seen = f"{told.shown} of {sum(len(w.frames) for w in self.windows)} frames were shown to the model"
            why = f"The model was lost after {at_time(until)}: {told.broken}" if str(told.broken) else "It was stopped"
            again = " Run again, it goes on there." if self.telling.replies is not None else ""
            sentences.append(f"{why.rstrip('.')}; {seen}.{again}")
        return sentences


def claims_of(reading: WindowReading, window: Window) -> list[Claim]:
    """The claims of a reading; where it names no event, its summary stands for the window."""
    if reading.claims:
        return list(reading.claims)
    ids = tuple(frame.id for frame in window.frames)
    return [Claim(reading.summary, ids[0], ids[-1], ids)] if reading.summary else []


def spanned(window: Window) -> str:
    """When a window is, in words."""
    return at_time(window.start) if len(window.frames) == 1 else f"{at_time(window.start)}–{at_time(window.end)}"


def testimony(model: LanguageModel, account: Description, location: str | Path, telling: Telling) -> Testimony:
    """What the model says of a video whose measured account there is."""
    with open_video(location, threads=telling.threads) as stream:
        return Witness(model, account, stream, telling).testify()
