"""In: checked claims and the pictures that they cite. Out: the claims with the verdict of a second look at them."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Literal

from vidsense.account.account import FrameRef
from vidsense.account.asking import Asker
from vidsense.account.check import Checked
from vidsense.account.prompts import SYSTEM, VERDICT_LINES, VERDICTS, label, numbered, verdict_schema
from vidsense.account.replies import read_verdicts
from vidsense.language.model import Picture, Prompt

Check = Literal["quick", "full", "off"]
NO_ANSWER = "no answer"
VERDICT_TOKENS, FOR_EACH_CLAIM = 40, 24


def looked_again(
    asker: Asker, claims: list[Checked], prefix: tuple[str | Picture, ...], *, most: int, check: Check, doing: str
) -> list[Checked]:
    """The claims with their verdicts. quick: all claims of a window against its frames at once, behind the very same
    beginning of the prompt, which servers then need not read again. full: each claim against its own frames alone."""
    open_ = [claim for claim in claims if not claim.refuted]
    if check == "off" or not open_:
        return claims
    verdicts: dict[int, str] = {}
    if check == "quick":
        said = verdicts_on(asker, prefix, [claim.text for claim in open_], doing)
        verdicts = {id(claim): verdict for claim, verdict in zip(open_, said, strict=True)}
    else:
        for claim in open_:
            own = own_pictures(prefix, claim.evidence, most)
            verdicts[id(claim)] = verdicts_on(asker, own, [claim.text], doing)[0]
    return [
        replace(claim, verdict=verdicts[id(claim)] or NO_ANSWER) if id(claim) in verdicts else claim for claim in claims
    ]


def verdicts_on(asker: Asker, shown: tuple[str | Picture, ...], texts: Sequence[str], doing: str) -> list[str]:
    """What the model says of each text when it looks again."""
    room = VERDICT_TOKENS + FOR_EACH_CLAIM * len(texts)
    task = VERDICTS.format(claims=numbered(texts)) + ("" if asker.model.limits.schema else VERDICT_LINES)
    prompt = Prompt(SYSTEM, (*shown, task))
    given = asker.ask(prompt, room, verdict_schema(len(texts)), f"{doing}, checking")
    return read_verdicts(given.text, len(texts))


def own_pictures(prefix: tuple[str | Picture, ...], cited: Sequence[str], most: int) -> tuple[str | Picture, ...]:
    """The cited pictures of a prompt, each with its label, at most so many, spread over all of them."""
    pairs = [(before, part) for before, part in pairwise(prefix) if isinstance(part, Picture) and part.id in cited]
    step = max(1.0, len(pairs) / most)
    kept = [pairs[int(i * step)] for i in range(min(most, len(pairs)))]
    return tuple(part for pair in kept for part in pair)


def shown_parts(opening: str, frames: Sequence[FrameRef], pictures: Sequence[Picture]) -> tuple[str | Picture, ...]:
    """The beginning of a prompt: what must be known, then each frame behind its label."""
    labelled = [part for frame, picture in zip(frames, pictures, strict=True) for part in (label(frame), picture)]
    return (opening, *labelled)
