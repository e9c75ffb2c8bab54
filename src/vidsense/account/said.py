"""In: facts of what is written and heard. Out: the sentences that tell it."""

from typing import Protocol

from vidsense.account.words import capitalized, length, listed, number, several
from vidsense.facts.fact import Fact
from vidsense.facts.lines import plain
from vidsense.survey.survey import Survey

ALL_THE_TIME = 0.95
LONGEST_QUOTE = 240
"""Letters of one fact that are told here; the rest is counted and stands in the facts."""
MOST_QUOTES, LEAST_SECONDS = 24, 1.0
"""So many pieces are told; beside those that stay, none that is gone within a second."""
CLEARLY_READ = 0.85
"""The recognizer's score below which a reading may be wrong."""
LARGE_LETTERS, LARGER_BY = 0.06, 1.4
"""Height of a title's line in shares of the picture, and how much larger it is than anything else."""
MOST_SPANS = 8


class Saying(Protocol):
    """What the sentences are made of, and how times are written."""

    @property
    def survey(self) -> Survey:
        """What was measured."""
        ...

    @property
    def was_heard(self) -> bool:
        """Whether the sound was listened to."""
        ...

    @property
    def duration(self) -> float:
        """Seconds of what was surveyed."""
        ...

    def of_kind(self, kind: str) -> list[Fact]:
        """The facts of one kind, in time order."""
        ...

    def span(self, start: float, end: float, between: str = "–") -> str:
        """Two times, in words."""
        ...


def quoted(fact: Fact) -> str:
    """What a fact says, in quotation marks, line after line.

    >>> quoted(Fact("text", 0.0, 1.0, 1.0, 0.0, {"text": "PEDESTRIAN\\nALARM"}))
    '“PEDESTRIAN / ALARM”'
    """
    text = str(fact.details["text"])
    lines = text.splitlines()
    kept: list[str] = []
    length_so_far = 0
    for line in lines:
        if kept and length_so_far + len(line) > LONGEST_QUOTE:
            break
        kept.append(line)
        length_so_far += len(line)
    rest = len(lines) - len(kept)
    more = f" and {several(rest, 'more line')}" if rest else ""
    return f"“{' / '.join(kept)}”{more}"


def title_of(saying: Saying) -> Fact | None:
    """Writing in far larger letters than any other, when there is some; what is written alone is told anyway."""
    texts = [f for f in saying.of_kind("text") if not f.details.get("symbols")]
    by_size = sorted(texts, key=lambda f: -float(f.details.get("line_height", 0.0)))
    if len(texts) < 2 or float(by_size[0].details.get("line_height", 0.0)) < LARGE_LETTERS:
        return None
    title, rest = by_size[0], [f for f in by_size[1:] if f.details["text"] != by_size[0].details["text"]]
    words = str(title.details["text"]).split()
    clear = not rest or title.details["line_height"] >= LARGER_BY * float(rest[0].details["line_height"])
    return title if clear and 1 <= len(words) <= 10 and sum(c.isalpha() for c in "".join(words)) >= 4 else None


def on_screen(saying: Saying) -> str:
    """What is written, from when to when."""
    texts = saying.of_kind("text")
    read = [fact for fact in texts if not fact.details.get("symbols")]
    unread = [fact for fact in texts if fact.details.get("symbols")]
    if not texts:
        return ""
    told = worth_telling(read)
    lines = [written(saying, fact) for fact in told]
    if len(read) > len(told):
        lines.append(f"{capitalized(several(len(read) - len(told), 'shorter piece'))} besides, in the facts.")
    if unread:
        lines.append(f"{capitalized(symbols(saying, unread))}.")
    if len(lines) == 1:
        return f"On screen, {lines[0]}" if read else lines[0]
    return "On screen:\n\n" + "\n".join(f"- {line}" for line in lines)


def worth_telling(read: list[Fact]) -> list[Fact]:
    """The pieces that a reader needs: not those that pass in a moment or repeat a part of another, nor too many."""
    lasting = [f for f in read if f.end - f.start >= LEAST_SECONDS] or read
    whole = [f for f in lasting if not any(is_part_of(f, other) for other in lasting)]
    largest = sorted(whole, key=lambda f: -(f.end - f.start) * len(str(f.details["text"])))[:MOST_QUOTES]
    return [f for f in whole if f in largest]


def is_part_of(fact: Fact, other: Fact) -> bool:
    """Whether the words of one piece stand in another that is there in the meantime."""
    words, more = plain(str(fact.details["text"])), plain(str(other.details["text"]))
    return len(words) < len(more) and words in more and other.start < fact.end and fact.start < other.end


def written(saying: Saying, fact: Fact) -> str:
    """One piece of writing with its time."""
    changing = ", changing" if fact.details.get("changes") else ""
    hardly = " (hard to read)" if fact.confidence < CLEARLY_READ else ""
    return f"{when(saying, fact)}: {quoted(fact)}{changing}{hardly}."


def when(saying: Saying, fact: Fact) -> str:
    """The time of a fact, in words."""
    lasting = fact.end - fact.start >= ALL_THE_TIME * saying.duration
    return "all the time" if lasting else saying.span(fact.start, fact.end)


def symbols(saying: Saying, unread: list[Fact]) -> str:
    """Where something is written that cannot be read."""
    times = listed(sorted({when(saying, fact) for fact in unread})[:MOST_SPANS])
    places = "in one place" if len(unread) == 1 else f"in {number(len(unread))} places"
    return f"something is written or drawn in symbols that could not be read, {places} ({times})"


def heard_sentence(saying: Saying) -> str:
    """What the sound track holds."""
    if saying.survey.info.audio_tracks == 0 or not saying.was_heard:
        return subtitles(saying)
    sounds, speech = saying.of_kind("sound"), saying.of_kind("speech")
    if any(f.details["sound"] == "digital silence" for f in sounds):
        told = ["There is a sound track, but it is silent."]
    else:
        told = [spoken(saying, speech)]
        loud = [f for f in sounds if f.details["sound"] == "loud"]
        silent = [f for f in sounds if f.details["sound"] == "silence"]
        if loud:
            told.append(f"It is loud at {spans(saying, loud)}.")
        if silent and sum(f.end - f.start for f in silent) > ALL_THE_TIME * saying.duration:
            told = ["Hardly anything is heard."]
        elif silent:
            told.append(f"Nothing is heard from {spans(saying, silent, ' to ')}.")
    transcript = saying.of_kind("transcript")
    told += [f"{saying.span(f.start, f.end)}: {quoted(f)}." for f in transcript]
    return " ".join([*told, subtitles(saying)]).strip()


def spoken(saying: Saying, speech: list[Fact]) -> str:
    """When somebody speaks."""
    if not speech:
        return "There is sound; nobody is heard speaking."
    total = sum(f.end - f.start for f in speech)
    if total > ALL_THE_TIME * saying.duration:
        return "Somebody speaks all the time."
    if len(speech) > MOST_SPANS:
        first, last = speech[0].start, speech[-1].end
        return f"Somebody speaks for {length(total)} in all, between {saying.span(first, last, ' and ')}."
    return f"Somebody speaks at {spans(saying, speech)}."


def spans(saying: Saying, facts: list[Fact], between: str = "–") -> str:
    """Times in a row, some of them where they are many."""
    told = [saying.span(f.start, f.end, between) for f in facts[:MOST_SPANS]]
    more = [f"{len(facts) - MOST_SPANS} more times"] if len(facts) > MOST_SPANS else []
    return listed([*told, *more])


def subtitles(saying: Saying) -> str:
    """What the subtitle tracks say."""
    cues = saying.of_kind("subtitle")
    if not cues:
        return ""
    told = [f"{saying.span(c.start, c.end)} {quoted(c)}" for c in cues[:MOST_SPANS]]
    more = [f"{several(len(cues) - MOST_SPANS, 'more line')}"] if len(cues) > MOST_SPANS else []
    return f"The subtitles say: {'; '.join([*told, *more])}."
