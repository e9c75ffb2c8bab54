"""In: `WrittenLine`s. Out: facts of kind "text": what is written, in blocks as they are read, from when to when."""

import statistics
from dataclasses import replace
from itertools import pairwise

from vidsense.facts.cells import joined
from vidsense.facts.fact import Fact
from vidsense.facts.lines import WrittenLine, is_art, is_believable, plain

TOGETHER_SECONDS = 0.6
"""Lines that come and go within so long of each other belong together,"""
LINES_APART = 1.6
"""when they are not further apart than so many of their heights, one below the other,"""
LETTERS_APART = 3.0
"""or so many, side by side."""
COUNTER_SECONDS = 1.6
"""A line that says something else more often than this, in the middle, is a counter: one fact."""
SURELY_FOUND, SMALL, LONG_SECONDS = 0.8, 0.12, 2.0
"""What the detector finds so surely, no higher than this share of the picture, for so long, is written, if unread."""
FLEETING_SECONDS = 0.15


def text_facts(lines: list[WrittenLine]) -> list[Fact]:
    """One fact for each block of writing, in time order; what is written but unreadable is symbols without a text."""
    said = [part for line in lines for part in saying(line)]
    read = [line for line in said if is_believable(line) and not is_fleeting(line)]
    facts = [fact_of(block) for block in blocks(read)]
    for block in blocks([line for line in said if is_symbols(line)]):
        start, end = span_of(block)
        box = [round(float(v), 4) for v in joined([line.box for line in block])]
        facts.append(
            Fact(
                "text",
                start,
                end,
                max(n.found for n in block),
                block[0].moment,
                {"text": "", "box": box, "symbols": True},
            )
        )
    return sorted(facts, key=lambda fact: (fact.start, fact.end))


def saying(line: WrittenLine) -> list[WrittenLine]:
    """A line once for each thing that it says; a clock is one line."""
    if len(line.history) < 2 or is_counter(line) or grows(line):
        return [line]
    times = [seconds for seconds, _ in line.history] + [line.end or line.seen]
    parts = []
    for (start, text), end in zip(line.history, times[1:], strict=True):
        moment = line.moment if start <= line.moment <= end else start
        parts.append(replace(line, text=text, start=start, end=max(start, end), moment=moment, latest=text, history=[]))
    parts[0].start = line.start
    return parts


def is_counter(line: WrittenLine) -> bool:
    """Whether a line counts: it changes often, or it is nothing but digits, as a clock."""
    if len(line.history) < 2:
        return False
    times = [seconds for seconds, _ in line.history] + [line.end or line.seen]
    quick = statistics.median(b - a for a, b in pairwise(times)) < COUNTER_SECONDS
    return quick or not any(c.isalpha() for c in line.text)


def grows(line: WrittenLine) -> bool:
    """Whether each thing it says begins with the one before, as what is typed."""
    return all(plain(b).startswith(plain(a)) for (_, a), (_, b) in pairwise(line.history))


def is_fleeting(line: WrittenLine) -> bool:
    """Whether it was seen once, for a moment, in the middle of a change."""
    return (line.end or line.seen) - line.start < FLEETING_SECONDS and line.readings == 1 and line.score < 0.95


def is_symbols(line: WrittenLine) -> bool:
    """Whether something is written that cannot be read: letters that draw a picture, emoji, smeared characters."""
    small = line.box[3] - line.box[1] <= SMALL
    lasts = (line.end or line.seen) - line.start >= LONG_SECONDS
    unread = is_art(line.text) or (line.score < 0.75 and line.found >= SURELY_FOUND)
    return small and lasts and unread and not is_believable(line)


def blocks(lines: list[WrittenLine]) -> list[list[WrittenLine]]:
    """Lines that are near each other and come and go together."""
    done: list[list[WrittenLine]] = []
    for line in sorted(lines, key=lambda n: (n.box[1], n.box[0])):
        of = [block for block in done if any(belong(line, other) for other in block)]
        done = [block for block in done if block not in of]
        done.append([n for block in of for n in block] + [line])
    return done


def belong(a: WrittenLine, b: WrittenLine) -> bool:
    """Whether two lines are of one block."""
    (start, end), (first, last) = span_of([a]), span_of([b])
    if abs(start - first) > TOGETHER_SECONDS or abs(end - last) > TOGETHER_SECONDS:
        return False
    high = max(a.box[3] - a.box[1], b.box[3] - b.box[1])
    down = max(a.box[1], b.box[1]) - min(a.box[3], b.box[3])
    aside = max(a.box[0], b.box[0]) - min(a.box[2], b.box[2])
    return (aside < 0.0 and down < LINES_APART * high) or (down < 0.0 and aside < LETTERS_APART * high)


def span_of(block: list[WrittenLine]) -> tuple[float, float]:
    """When the first line comes and the last one goes."""
    return min(n.start for n in block), max(n.end if n.end is not None else n.seen for n in block)


def fact_of(block: list[WrittenLine]) -> Fact:
    """One block as a fact."""
    start, end = span_of(block)
    moment = min(max(start, *(n.moment for n in block)), end)
    details: dict[str, object] = {
        "text": in_order(block),
        "box": [round(float(v), 4) for v in joined([n.box for n in block])],
        "line_height": round(max(float(n.box[3] - n.box[1]) for n in block), 4),
    }
    if any(is_counter(n) for n in block):
        details["changes"] = True
    return Fact("text", start, end, round(sum(n.score for n in block) / len(block), 3), moment, details)


def in_order(block: list[WrittenLine]) -> str:
    """The text of a block as it is read: rows from top to bottom, each from left to right."""
    rows: list[list[WrittenLine]] = []
    for line in sorted(block, key=lambda n: (n.box[1] + n.box[3]) / 2):
        middle = (line.box[1] + line.box[3]) / 2
        row = next((r for r in rows if r[0].box[1] < middle < r[0].box[3]), None)
        if row is None:
            rows.append([line])
        else:
            row.append(line)
    return "\n".join("  ".join(n.text for n in sorted(row, key=lambda n: n.box[0])) for row in rows)
