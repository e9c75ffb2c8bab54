"""In: what a model claims, and what was measured. Out: `Checked` claims: placed in time by their ids, quotes and
directions compared, times removed from the prose. What measurements refute is unsupported."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from vidsense.account.account import FactRef, FrameRef
from vidsense.account.prose import QUOTE, untimed
from vidsense.account.replies import Claim
from vidsense.account.words import NUMBERS, listed
from vidsense.facts.lines import plain

GOING = (
    r"(?:mov|walk|cross|pass|jump|enter|travel|roll|appear)(?:e?s|ed|ing)?|mov(?:e|es|ed|ing)|rides?|rode|riding|drives?"
    r"|drove|driving|runs?|ran|running|goes|go|going|went|flies|fly|flew|flying|comes?|came|coming|leaves|left|leaving"
)
MOVES = rf"\b(?:{GOING})\b"
LIKE_DIGITS = str.maketrans("oilszbg", "0115289")
"""Letters that are read for digits, and digits for letters."""
LEAST_LETTERS = 5
"""A shorter quote is like too much to be corrected."""
NEAR, SAME = 0.72, 0.97
"""Likeness of a quote to a reading, of 1: from NEAR on the reading is what is meant, from SAME on it is the same."""
SIDE = (
    r"\b(?:from\s+(?:the\s+)?)?{0}\s+to\s+(?:the\s+)?{1}\b|\b{1}wards?\b"
    r"|\b(?:" + GOING + r")\s+(?:\w+\s+)?to(?:wards)?\s+the\s+{1}\b(?!\s+of\b)"
)
WAYS = {"left to right": SIDE.format("left", "right"), "right to left": SIDE.format("right", "left")}
COMES = r"\b(?:enters?|comes? in|appears?|arrives?|walks? in)\b[^.]*?\bfrom\s+the\s+(left|right)\b"
GOES = r"\b(?:leaves?|exits?|goes out|disappears?|walks? out)\b[^.]*?\b(?:to|on|at|by)\s+the\s+(left|right)\b"
COUNTED = re.compile(
    rf"\b({'|'.join(NUMBERS[2:])}|\d{{1,2}})\s+(?:\w+\s+){{0,2}}?"
    r"(?:people|persons|men|women|children|kids|boys|girls|dogs|cats|birds|cars|trucks|bikes|bicycles|cyclists|animals|"
    rf"vehicles|pedestrians|figures|objects|things|walkers)\s+(?:are\s+|slowly\s+|quickly\s+)*(?:{GOING})\b",
    re.IGNORECASE,
)
"""So many things that themselves move: those that stand by are not measured."""
PANS = re.compile(r"\bcamera\s+(?:\w+ly\s+)?(pans?|tilts?|zooms?|moves?|travels?|shakes?)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Checked:
    """A claim after every comparison that code can make."""

    text: str
    start: float
    end: float
    evidence: tuple[str, ...]
    dropped: int
    """Ids that it named and that do not exist."""
    against: tuple[str, ...] = ()
    """What measurements say against it."""
    doubts: tuple[str, ...] = ()
    """What could not be confirmed."""
    verdict: str = ""
    """Of the second look: yes, no, unsure, "no answer"; or nothing, where there was none."""

    @property
    def refuted(self) -> bool:
        """Whether it must not be told."""
        return bool(self.against) or not self.evidence or not self.text or self.verdict == "no"


@dataclass(frozen=True)
class Measures:
    """What claims are compared with."""

    facts: tuple[FactRef, ...]
    fixed_camera: bool

    def between(self, kind: str, start: float, end: float) -> list[FactRef]:
        """The facts of a kind in a span."""
        return [f for f in self.facts if f.kind == kind and f.start <= end and f.end >= start]


def check(claim: Claim, shown: Sequence[FrameRef], measures: Measures) -> Checked:
    """A claim placed in time, cleaned of times and compared with what was measured."""
    placed = place(claim, shown, measures)
    text, doubts = quotes_checked(placed.text, placed.start, placed.end, measures)
    against = [
        said
        for said in (
            against_direction(text, placed.start, placed.end, measures),
            against_sides(text, placed.start, placed.end, measures),
            against_count(text, placed.start, placed.end, measures),
            against_camera(text, placed.start, placed.end, measures),
        )
        if said
    ]
    return replace(placed, text=text, against=tuple(against), doubts=tuple(doubts))


def place(claim: Claim, shown: Sequence[FrameRef], measures: Measures) -> Checked:
    """A claim with its seconds: ids become times here and nowhere else; unknown ids are dropped and counted."""
    times = {frame.id: frame.t for frame in shown}
    facts = {fact.id: fact for fact in measures.facts}
    named = [id_ for id_ in dict.fromkeys((claim.first, claim.last)) if id_]
    known = [id_ for id_ in named if id_ in times]
    evidence = [id_ for id_ in claim.evidence if id_ in times or id_ in facts]
    dropped = len(named) - len(known) + len(set(claim.evidence) - set(evidence) - set(named))
    cited = [times[id_] for id_ in evidence if id_ in times]
    seconds = [times[id_] for id_ in known] or cited or [m for id_ in evidence for m in span_of(facts[id_])]
    there = [*evidence, *known]
    seconds = seconds or [shown[0].t, shown[-1].t]
    inside = [f.id for f in shown if f.id in there or (known and min(seconds) <= f.t <= max(seconds))]
    ids = [*(id_ for id_ in dict.fromkeys(there) if id_ in facts), *(inside if there else [])]
    return Checked(untimed(claim.text), min(seconds), max(seconds), tuple(ids), dropped)


def span_of(fact: FactRef) -> tuple[float, float]:
    """From when to when."""
    return fact.start, fact.end


def quotes_checked(text: str, start: float, end: float, measures: Measures) -> tuple[str, list[str]]:
    """Quoted words compared with what was read in their span: a near miss becomes the reading, a far one is doubted."""
    sources = [f for kind in ("text", "subtitle", "transcript") for f in measures.between(kind, start, end)]
    everywhere = [f for f in measures.facts if f.kind == "text"]
    doubts: list[str] = []

    def correct(match: re.Match[str]) -> str:
        said = match[1] or match[2]
        read, likeness = best_reading(said, sources)
        if likeness >= SAME or stands_in(said, everywhere):
            return f"“{said.strip()}”"
        if likeness >= NEAR and may_be_misread(said, read):
            return f"“{read}”"
        doubts.append(f"“{said.strip()}” was not read there")
        return f"“{said.strip()}”"

    return QUOTE.sub(correct, text), doubts


def best_reading(said: str, sources: Sequence[FactRef]) -> tuple[str, float]:
    """The words that were read which are most like a quote, and how alike they are."""
    best, likeness = "", 0.0
    for fact in sources:
        lines = str((fact.model_extra or {}).get("text", "")).splitlines()
        for part in [*lines, " ".join(lines)]:
            for piece in pieces(part, len(said.split())):
                matcher = SequenceMatcher(None, unspaced(said), unspaced(piece), autojunk=False)
                least = max(NEAR, likeness)
                if matcher.real_quick_ratio() > least and matcher.quick_ratio() > least and matcher.ratio() > least:
                    best, likeness = piece, matcher.ratio()
    return best, likeness


def stands_in(said: str, sources: Sequence[FactRef]) -> bool:
    """Whether a quote was read word for word somewhere."""
    wanted = unspaced(said)
    return any(wanted and wanted in unspaced(str((fact.model_extra or {}).get("text", ""))) for fact in sources)


def may_be_misread(said: str, read: str) -> bool:
    """Whether a quote may be meant as a reading: long enough, and no other number.

    >>> may_be_misread("deepseek-rl:671b", "deepseek-r1:671b"), may_be_misread("ROOM 12", "ROOM 13")
    (True, False)
    """
    alike = [unspaced(text).translate(LIKE_DIGITS) for text in (said, read)]
    digits = [re.findall(r"\d", text) for text in (said, read)]
    return len(unspaced(said)) >= LEAST_LETTERS and in_order(digits[0], alike[1]) and in_order(digits[1], alike[0])


def unspaced(text: str) -> str:
    """Letters and digits alone: readings lose spaces, and models put them back."""
    return plain(text).replace(" ", "")


def in_order(digits: Sequence[str], text: str) -> bool:
    """Whether all digits stand in a text, one after the other."""
    rest = iter(text)
    return all(digit in rest for digit in digits)


def pieces(line: str, count: int) -> list[str]:
    """The line, and every run in it of as many words as a quote has, and of one more or less."""
    all_words = line.split()
    runs = [
        " ".join(all_words[i : i + size])
        for size in (count - 1, count, count + 1)
        if 0 < size < len(all_words)
        for i in range(len(all_words) - size + 1)
    ]
    return [line, *runs]


def against_direction(text: str, start: float, end: float, measures: Measures) -> str:
    """What the movers' directions say against a claimed one."""
    claimed = [way for way, pattern in WAYS.items() if re.search(pattern, text, re.IGNORECASE)]
    if len(claimed) != 1 or not re.search(MOVES, text, re.IGNORECASE):
        return ""
    movers = measures.between("mover", start, end)
    measured = [str((f.model_extra or {}).get("direction") or "") for f in movers]
    if not movers or not all(measured) or claimed[0] in measured:
        return ""
    ways = listed(sorted(set(measured)))
    return f"what moves there goes {ways}" if ways != opposite(claimed[0]) else f"it was measured to go {ways}"


def opposite(way: str) -> str:
    """The other way."""
    return "right to left" if way == "left to right" else "left to right"


def against_sides(text: str, start: float, end: float, measures: Measures) -> str:
    """What the movers' first and last sides say against claimed ones."""
    movers = measures.between("mover", start, end)
    for pattern, name, does in ((COMES, "enters", "comes in"), (GOES, "leaves", "leaves")):
        claimed = re.search(pattern, text, re.IGNORECASE)
        sides = [str((f.model_extra or {}).get(name) or "") for f in movers]
        if claimed and movers and all(sides) and claimed[1].lower() not in sides:
            return f"what moves there {does} on the {listed(sorted(set(sides)))}"
    return ""


def against_count(text: str, start: float, end: float, measures: Measures) -> str:
    """What the number of movers says against a claimed one: far more cannot have been there; one more may be hidden."""
    found = COUNTED.search(text)
    movers = measures.between("mover", start, end)
    if not found or not movers:
        return ""
    said = found[1].lower()
    claimed = NUMBERS.index(said) if said in NUMBERS else int(said)
    at_once = [int((f.model_extra or {}).get("count", 1)) for f in measures.between("count", start, end)]
    most = max([len(movers) if len(movers) == 1 else 1, *at_once])
    return f"at most {NUMBERS[most] if most < len(NUMBERS) else most} at once moved there" if claimed > most + 1 else ""


def against_camera(text: str, start: float, end: float, measures: Measures) -> str:
    """What the survey says against a moving camera."""
    claimed = PANS.search(text)
    moves = measures.between("camera", start, end)
    return "the camera stands still" if claimed and measures.fixed_camera and not moves else ""
