"""In: numbers. Out: the words that people use for them."""

from collections.abc import Sequence
from itertools import pairwise

NUMBERS = "no one two three four five six seven eight nine ten eleven twelve".split()  # noqa: SIM905


def number(count: int) -> str:
    """Small numbers in words.

    >>> number(3), number(27)
    ('three', '27')
    """
    return NUMBERS[count] if 0 <= count < len(NUMBERS) else str(count)


def several(count: int, noun: str) -> str:
    """A count and its noun.

    >>> several(1, "shot"), several(4, "shot")
    ('one shot', 'four shots')
    """
    return f"{number(count)} {noun}" + ("" if count == 1 else "s")


def length(seconds: float) -> str:
    """How long something lasts.

    >>> length(8.84), length(62.4), length(3723.0)
    ('8.8 s', '1 min 2 s', '1 h 2 min')
    """
    if seconds < 59.95:
        return f"{seconds:.1f}".removesuffix(".0") + " s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min" + (f" {rest} s" if rest else "")
    return f"{minutes // 60} h" + (f" {minutes % 60} min" if minutes % 60 else "")


def at_time(seconds: float, whole: bool = False) -> str:
    """A time of the video to the tenth, or to the second.

    >>> at_time(7.34), at_time(92.5), at_time(3723.04, whole=True)
    ('0:07.3', '1:32.5', '1:02:03')
    """
    tenths = round(seconds) * 10 if whole else round(seconds * 10)
    minutes, rest = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    text = f"{hours}:{minutes:02}" if hours else f"{minutes}"
    return f"{text}:{rest // 10:02}" + (f".{rest % 10}" if rest % 10 else "")


def listed(parts: Sequence[str]) -> str:
    """Words in a row.

    >>> listed(["a", "b", "c"])
    'a, b and c'
    """
    return parts[0] if len(parts) == 1 else ", ".join(parts[:-1]) + " and " + parts[-1]


def place(x: float, y: float) -> str:
    """Where in the picture, of (x, y) in shares of it.

    >>> place(0.1, 0.5), place(0.9, 0.1), place(0.5, 0.5)
    ('on the left', 'at the upper right', 'in the middle')
    """
    across = "left" if x < 0.36 else "right" if x > 0.64 else ""
    upright = "upper" if y < 0.33 else "lower" if y > 0.67 else ""
    if across and upright:
        return f"at the {upright} {across}"
    if across:
        return f"on the {across}"
    return {"upper": "at the top", "lower": "at the bottom", "": "in the middle"}[upright]


def way(start: tuple[float, float], end: tuple[float, float], least: float = 0.3) -> str | None:
    """Which way something went, when it went far enough.

    >>> way((0.1, 0.5), (0.9, 0.55))
    'from left to right'
    """
    dx, dy = end[0] - start[0], end[1] - start[1]
    if max(abs(dx), abs(dy)) < least:
        return None
    if abs(dx) >= abs(dy):
        return "from left to right" if dx > 0 else "from right to left"
    return "from top to bottom" if dy > 0 else "from bottom to top"


def without_repeats(sentences: Sequence[str]) -> list[str]:
    """The sentences without those that only repeat the one before."""
    return [sentences[0], *(b for a, b in pairwise(sentences) if a != b)] if sentences else []


def capitalized(text: str) -> str:
    """The text with a capital first letter.

    >>> capitalized("four still pages")
    'Four still pages'
    """
    return text[:1].upper() + text[1:]
