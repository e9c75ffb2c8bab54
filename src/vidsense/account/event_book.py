"""In: checked claims of one window after the other. Out: `Event`s with ids, those that belong together as one."""

import re
from collections.abc import Sequence
from dataclasses import replace

from vidsense.account.account import Event
from vidsense.account.check import Checked

SECOND_LOOK = {
    "no": "a second look did not find it",
    "unsure": "a second look was not sure",
    "no answer": "a second look brought no answer",
}
SMALL_WORDS = re.compile(
    r"\b(?:an?|the|is|are|was|were|be|been|being|its?|this|that|there|here|still|now|again|also)\b"
)
"""Words in which two tellings of the same thing may differ."""


class EventBook:
    """Gives events out as soon as no later window can belong to them."""

    def __init__(self, first_number: int) -> None:
        """`first_number`: of the next event."""
        self._number = first_number
        self._held: list[Checked] = []
        self.events: list[Event] = []
        """What was given out."""
        self.kept: dict[str, Checked] = {}
        """Id → the claim behind it."""

    def add(self, claims: Sequence[Checked], span: tuple[float, float], *, last: bool) -> list[Event]:
        """The events that are now complete. `span`: the window's first and last frame; `last`: no window follows."""
        start, end = span
        merged = self._with_held(claims, start)
        self._held = [] if last else [claim for claim in merged if claim.end >= end and not claim.refuted]
        return [self._event(claim) for claim in merged if claim not in self._held]

    def _with_held(self, claims: Sequence[Checked], start: float) -> list[Checked]:
        """The new claims, those that go on with a held one joined to it; doubled ones once."""
        found = list(self._held)
        for claim in sorted(claims, key=lambda one: (one.start, one.end)):
            goes_on = self._held if claim.start <= start else []
            match = next((one for one in found if same(one, claim, beside=one in goes_on)), None)
            if match is None:
                found.append(claim)
            else:
                found[found.index(match)] = joined(match, claim)
        return sorted(found, key=lambda one: (one.start, one.end))

    def _event(self, claim: Checked) -> Event:
        event = Event(
            id=f"e{self._number}",
            start=claim.start,
            end=claim.end,
            text=claim.text,
            evidence=list(claim.evidence),
            source="model",
            status="unsupported" if claim.refuted else "supported" if claim.verdict == "yes" else "unchecked",
            note=note_of(claim) or None,
        )
        self._number += 1
        self.events.append(event)
        self.kept[event.id] = claim
        return event


def note_of(claim: Checked) -> str:
    """What speaks against a claim, in words."""
    told = [*claim.against, *claim.doubts]
    if not claim.evidence:
        told.append("it names no frame that exists")
    return "; ".join([*told, *([SECOND_LOOK[claim.verdict]] if claim.verdict in SECOND_LOOK else [])])


def same(one: Checked, other: Checked, *, beside: bool) -> bool:
    """Whether two claims tell of one thing: in the same words, at one time or on both sides of a window's edge."""
    if one.refuted != other.refuted or content(one.text) != content(other.text):
        return False
    return other.start <= one.end or beside


def content(text: str) -> list[str]:
    """The words of a sentence that say what happens.

    >>> content("The gate is still open.") == content("A gate is open."), content("It opens.") == content("It closes.")
    (True, False)
    """
    return re.findall(r"\w+", SMALL_WORDS.sub("", text.lower()))


def joined(one: Checked, other: Checked) -> Checked:
    """Two claims of one thing."""
    doubtful = [verdict for verdict in (one.verdict, other.verdict) if verdict != "yes"]
    return replace(
        one,
        start=min(one.start, other.start),
        end=max(one.end, other.end),
        evidence=tuple(dict.fromkeys((*one.evidence, *other.evidence))),
        dropped=one.dropped + other.dropped,
        doubts=tuple(dict.fromkeys((*one.doubts, *other.doubts))),
        verdict=doubtful[0] if doubtful else "yes",
    )
