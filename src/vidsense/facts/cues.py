"""In: `Cue`s. Out: facts of kind "subtitle": what the subtitle tracks say."""

from collections.abc import Iterable

from vidsense.facts.fact import Fact
from vidsense.source.subtitles import Cue


def cue_facts(cues: Iterable[Cue], start: float, end: float) -> list[Fact]:
    """The cues that are shown between `start` and `end`, in time order; what several tracks say alike, once."""
    found = [
        Fact(
            "subtitle",
            max(start, c.start),
            min(end, c.end),
            1.0,
            None,
            {"text": c.text, "language": c.language or None},
        )
        for c in cues
        if c.start < end and c.end > start and c.end > c.start
    ]
    once = {(fact.start, fact.end, fact.details["text"]): fact for fact in reversed(found)}
    return sorted(once.values(), key=lambda fact: (fact.start, fact.end))
