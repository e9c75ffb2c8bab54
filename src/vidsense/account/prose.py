"""In: a sentence of a model. Out: the sentence without the times and ids that it wrote into it: code writes those."""

import re

QUOTE = re.compile(r"[\"“”«]([^\"“”«»]{2,200}?)[\"“”»]|(?<!\w)'([^']{2,200}?)'(?!\w)")
CLOCK = r"\d{1,2}:\d{2}(?::\d{2})?(?:\.\d+)?"
MOMENT = rf"(?:{CLOCK}|\d+(?:\.\d+)?\s*(?:-\s*)?(?:s|sec|secs|seconds?|minutes?|min)\b(?:\s+mark)?)"
UNTIL = rf"(?:\s*(?:-|–|to|until|and)\s*{MOMENT})?"
BEFORE = "at|from|around|by|until|till|between|after|before|since|to|for|within|over|in|during|lasting"
TIMED = re.compile(
    rf"[\s,]*[(\[]\s*(?:at|from|around|about|~)?\s*{MOMENT}{UNTIL}\s*[)\]]"
    rf"|[\s,]*\b(?:{BEFORE})\s+(?:about\s+|around\s+|the\s+)*{MOMENT}{UNTIL}"
    rf"|\b{CLOCK}(?:\s*(?:-|–|to)\s*{CLOCK})?\s*[:,]?",
    re.IGNORECASE,
)
ID = r"[fg]\d{3,}"
IDS = rf"{ID}\b(?:\s*(?:,|-|–|to|and|through)\s*(?:frames?\s+)?{ID}\b)*"
NAMED_FRAMES = re.compile(
    rf"\s*[(\[]\s*(?:frames?\s*)?(?:{IDS}|(?:[a-z]+-\d+[\s,;]*)+)\s*·?\s*[)\]]"
    rf"|[\s,]*\b(?:(?:in|from|to|at|by|between|of|across|throughout)\s+)?(?:the\s+)?(?:frames?\s+)?{IDS}",
    re.IGNORECASE,
)
SHOWN_TIME = re.compile(rf"\b(shows?|reads?|says?|displays?)( the time)?\s+({CLOCK})", re.IGNORECASE)
"""A clock in the picture: writing, not a time of the video."""


def untimed(text: str) -> str:
    """A sentence without the times and frame ids that a model wrote into it: code writes those.

    >>> untimed("At 0:05, a man walks in (f003) and sits down around 12 seconds.")
    'A man walks in and sits down.'
    """
    held: list[str] = []

    def hold(match: re.Match[str]) -> str:
        held.append(match.group(0))
        return f"\0{len(held) - 1}\0"

    bare = QUOTE.sub(hold, SHOWN_TIME.sub(r"\1\2 “\3”", text))
    bare = NAMED_FRAMES.sub("", TIMED.sub("", bare))
    kept = [held[int(part.strip("\0"))] if part.startswith("\0") else part for part in re.split(r"(\0\d+\0)", bare)]
    clean = re.sub(r"\s+([.,;:!?])", r"\1", " ".join("".join(kept).split())).lstrip(" ,;:–-")
    return clean[:1].upper() + clean[1:]
