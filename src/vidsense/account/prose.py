"""In: a sentence of a model. Out: the sentence without the times and ids that it wrote into it: code writes those."""

import re

QUOTE = re.compile(r"[\"“”«„]([^\"“”«»„]{2,200}?)[\"“”»]|(?<!\w)'([^']{2,200}?)'(?!\w)")
CLOCK = r"\d{1,2}:[0-5]\d(?::[0-5]\d)?(?:\.\d+)?(?![\d:])"
SECONDS = r"(?:s|secs?|seconds?|minutes?|mins?)\b"
NUMBER = r"\d{1,4}(?:\.\d+)?"
COUNTED = rf"(?<![\d.:])(?!(?:1\d|20)\d\ds\b){NUMBER}(?:\s*(?:-|–|to)\s*{NUMBER})?\s*-?\s*{SECONDS}(?:\s+mark)?"
MOMENT = rf"(?:{CLOCK}|\d{{1,2}}\s*m(?:in)?\s*\d{{1,2}}\s*s\b|(?:t\s*=\s*|seconds?\s+)\d+(?:\.\d+)?\b|{COUNTED})"
UNTIL = rf"(?:\s*(?:-|–|to|until|and)\s*{MOMENT})?"
BEFORE = "at|from|around|by|until|till|between|after|before|since|to|for|within|over|in|during|lasting"
TIMED = re.compile(
    rf"[\s,]*[(\[]\s*(?:at|from|around|about|~)?\s*{MOMENT}{UNTIL}\s*[)\]]"
    rf"|[\s,]*\b(?:{BEFORE})\s+(?:about\s+|around\s+|the\s+)*{MOMENT}{UNTIL}(?!\s*(?:[ap]\.?m\b|o'clock))"
    rf"|^\W*{MOMENT}{UNTIL}\s*[:,–-]\s*|\s+{COUNTED}\s*(?:-|–|to)\s*{COUNTED}",
    re.IGNORECASE,
)
"""A time of the video where a sentence says when or how long; a number that is a thing of its own stays."""
ID = r"(?:[fgq]\d{3,}|(?:text|mover|count|light|camera|speech|sound|subtitle|transcript|black|dark|blurred|still)-\d+)"
IDS = rf"{ID}\b(?:\s*(?:,|;|-|–|to|and|through)\s*(?:frames?\s+)?{ID}\b)*"
NAMED_FRAMES = re.compile(
    rf"\s*[(\[]\s*(?:frames?\s*)?{IDS}\s*·?\s*[)\]]"
    rf"|[\s,]*(?i:\b(?:in|from|to|at|by|between|of|across|throughout)\s+)?(?:the\s+)?(?:frames?\s+)?(?<![\w-]){IDS}"
)
LABEL = re.compile(rf"\[?{ID}\s*·\s*{CLOCK}\s*\]?")
LASTS = re.compile(rf"\blasts\s+(?:about\s+|around\s+)?{MOMENT}", re.IGNORECASE)
SHOWN_TIME = re.compile(rf"\b(shows?|reads?|says?|displays?)( the time)?\s+({CLOCK})", re.IGNORECASE)
"""A clock in the picture: writing, not a time of the video."""


def untimed(text: str) -> str:
    """A sentence without the times and frame ids that a model wrote into it: code writes those.

    >>> untimed("At 0:05, a man walks in (f003) and sits down around 12 seconds.")
    'A man walks in and sits down.'
    >>> untimed("At 1m20s a Ford F150 of the 1980s stops, and the score is 21:15.")
    'A Ford F150 of the 1980s stops, and the score is 21:15.'
    """
    held: list[str] = []

    def hold(match: re.Match[str]) -> str:
        held.append(match.group(0))
        return f"\0{len(held) - 1}\0"

    bare = QUOTE.sub(hold, SHOWN_TIME.sub(r"\1\2 “\3”", text))
    bare = NAMED_FRAMES.sub("", TIMED.sub("", LASTS.sub("lasts a while", LABEL.sub("", bare))))
    kept = [held[int(part.strip("\0"))] if part.startswith("\0") else part for part in re.split(r"(\0\d+\0)", bare)]
    clean = re.sub(r"\s+([.,;:!?])", r"\1", " ".join("".join(kept).split())).lstrip(" ,;:–-")
    return clean[:1].upper() + clean[1:] if re.search(r"\w", clean) else ""
