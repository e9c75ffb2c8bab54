"""In: a question in plain English. Out: `Question`, what it is about, which part of the video, which words."""

import re
from dataclasses import dataclass
from typing import Literal

Topic = Literal[
    "written", "said when", "shots", "length", "speech", "sound", "camera", "light", "way", "count", "moves", "order",
    "all", "unknown",
]  # fmt: skip
TIME = r"(\d{1,2}:\d{2}(?::\d{2})?(?:\.\d+)?)"
NAMED = (
    r"\b(who|person|people|man|men|woman|women|child|children|kids?|girl|boy|dogs?|cats?|animals?|birds?|cars?|"
    r"vehicles?|trucks?|bikes?|bicycles?|faces?|colou?rs?|wear(?:s|ing)?|objects?)\b"
)
"""What measurements have no word for."""
ASKING = frozenset(
    """
    when where what which who whose how many much often is are was were be been being do does did has have had can
    could will there here any anything anyone some something someone appear appears appeared see seen visible show
    shows shown happen happens happening video clip film frame frames picture scene moment time find tell me you
    please it this that they in at on of
    """.split()  # noqa: SIM905  four lines as a list
)
"""Words that ask, and name nothing that could be seen; little words count only beside others that do."""
ARTICLES = ("a", "an", "the")
LITTLE = frozenset({"in", "at", "on", "of"})
TOPICS: list[tuple[Topic, str]] = [
    ("said when", r"\bwhen\b.*\b(say|says|said|read|reads|written|show|shows|appear|appears)\b"),
    (
        "speech",
        r"\bwhat (is|was|gets|got) (being )?(said|spoken)\b|\bwhat (do|does|did) (they|he|she|anyone|somebody) say\b",
    ),
    ("written", r"\b(text|written|writing|caption|title|sign|on (the )?screen|does it say|read)\b"),
    ("shots", r"\bhow many (shots|scenes|cuts|pages|slides|parts)\b|\bwhen (is|are|does) .*\b(cuts?|scene)\b"),
    ("length", r"\bhow long\b|\bduration\b|\blength\b"),
    ("speech", r"\b(speak|speaks|speaking|spoken|talk|talks|talking|voices?|speech|anyone heard|say anything)\b"),
    ("sound", r"\b(sound|audio|hear|heard|noise|loud|silent|silence|music)\b"),
    ("camera", r"\bcamera\b"),
    ("light", r"\b(light|lights|lamp|dark|darker|bright|brighter)\b"),
    (
        "way",
        r"\b(which way|which direction|what direction|where (does|do) .* (go|come|move)|left to right|from where)\b",
    ),
    ("count", r"\bhow many\b|\bhow often\b|\bat once\b"),
    ("moves", r"\b(move|moves|moving|moved|motion|movement|cross|crosses|pass|passes|walk|walks|happens? when)\b"),
    ("order", r"\b(first|then|last|order|sequence|next|after|before|begin|begins|end|ends)\b"),
    ("all", r"\b(what happens|happen|happens|happened|describe|summary|summari[sz]e|what is (it|this|there)|about)\b"),
]


@dataclass(frozen=True)
class Question:
    """What is asked."""

    text: str
    topic: Topic
    names: str | None
    """The word for a thing that measurements cannot name, if one is asked about."""
    words: str | None
    """The writing that is asked about."""
    start: float | None = None
    end: float | None = None


def understood(text: str) -> Question:
    """The question, as far as it is understood.

    >>> understood("When does it say 'pedestrian alarm'?").words
    'pedestrian alarm'
    >>> understood("describe 0:10-0:20").start
    10.0
    """
    plain = text.strip().lower()
    times = [seconds_of(t) for t in re.findall(TIME, plain)]
    named = re.search(NAMED, plain)
    topic: Topic = next((name for name, pattern in TOPICS if re.search(pattern, plain)), "unknown")
    start = times[0] if times else None
    end = times[1] if len(times) > 1 else None
    if topic == "unknown" and start is not None:
        topic = "all"
    return Question(text, topic, named.group(0) if named else None, words_asked_for(text), start, end)


def sought(text: str) -> list[str]:
    """What could be seen of what a question asks for, as a caption would name it: with and without articles.

    Towers of pictures and words learn captions, not questions: "when is a dog there?" may lie nearer to a picture of
    something else than "a dog" does. Nothing is left of a question that names nothing; then it is taken as it is.

    >>> sought("When is a dog there?"), sought("Does the red car stop at the door?")
    (['a dog', 'dog'], ['the red car stop at the door', 'red car stop at door'])
    >>> sought("What happens?")
    ['What happens?']
    """
    words = re.findall(r"[^\W_]+(?:['’-][^\W_]+)*", text.lower())
    kept = [word for word in words if word not in ASKING or word in LITTLE]
    while kept and kept[0] in LITTLE:
        kept.pop(0)
    while kept and kept[-1] in (*LITTLE, *ARTICLES):
        kept.pop()
    bare = [word for word in kept if word not in ARTICLES]
    if all(word in LITTLE for word in bare):
        return [text]
    return list(dict.fromkeys([" ".join(kept), " ".join(bare)]))


def words_asked_for(text: str) -> str | None:
    """The writing that a question quotes, or names after "say"."""
    quoted = re.search(r"[\"“”‘’']([^\"“”]+?)[\"“”‘’'](?!\w)", text)
    if quoted:
        return quoted.group(1).strip() or None
    named = re.search(r"\bwhen\b.*?\b(?:say|says|read|reads|show|shows|written)\s+(.+?)\s*\??$", text, re.IGNORECASE)
    return named.group(1).strip() if named else None


def seconds_of(text: str) -> float:
    """A time as it is written, in seconds.

    >>> seconds_of("1:02:03")
    3723.0
    """
    return sum(float(part) * 60.0**place for place, part in enumerate(reversed(text.split(":"))))
