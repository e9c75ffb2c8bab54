"""In: facts of kind "label". Out: the sentence that tells them, and what they rest on."""

from dataclasses import dataclass
from itertools import groupby

from vidsense.account.said import Saying
from vidsense.account.words import listed
from vidsense.facts.fact import Fact

MOST_SPANS = 6
"""Of one word; the rest is counted and stands in the facts."""


@dataclass(frozen=True)
class Compared:
    """What frames and movers were compared with, and by which encoder."""

    words: tuple[str, ...]
    encoder: str


def labels_sentence(compared: Compared | None, saying: Saying) -> str:
    """Which of the given words fit, when, and to what; that none does; nothing where none were given."""
    if compared is None:
        return ""
    words = listed([f"“{word}”" for word in compared.words])
    facts = saying.of_kind("label")
    how = f"By likeness alone ({compared.encoder}, compared with {words} and nothing else)"
    if not facts:
        return f"{how}: none of the words stands out."
    of_frames = sorted((f for f in facts if f.details["of"] == "frame"), key=lambda f: str(f.details["label"]))
    told = [
        f"{word} ({spans(list(group), saying)})"
        for word, group in groupby(of_frames, lambda f: str(f.details["label"]))
    ]
    movers = [fact for fact in facts if fact.details["of"] != "frame"]
    told += [f"what moves {saying.span(f.start, f.end)} is most like {f.details['label']}" for f in movers]
    return f"{how}: {'; '.join(told)}."


def spans(facts: list[Fact], saying: Saying) -> str:
    """The times of some facts, the first of them where they are many."""
    told = [saying.span(fact.start, fact.end) for fact in facts[:MOST_SPANS]]
    left = len(facts) - len(told)
    return listed([*told, f"{left} more times"] if left else told)
