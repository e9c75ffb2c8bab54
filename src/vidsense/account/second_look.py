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
from vidsense.language.model import ContextError, Picture, Prompt, prompt_tokens

Check = Literal["quick", "full", "off"]
NO_ANSWER = "no answer"
CLAIM_NAME_TOKENS = 8
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
    groups = fitting_groups(asker, prefix, open_) if check == "quick" else [[claim] for claim in open_]
    for group in groups:
        shown = prefix if check == "quick" else own_pictures(prefix, group[0].evidence, most) or prefix
        try:
            said = verdicts_on(asker, shown, [claim.text for claim in group], doing)
        except ContextError:
            said = [""] * len(group)  # it is told that there was no answer
        verdicts |= {id(claim): verdict for claim, verdict in zip(group, said, strict=True)}
    return [
        replace(claim, verdict=verdicts[id(claim)] or NO_ANSWER) if id(claim) in verdicts else claim for claim in claims
    ]


def fitting_groups(asker: Asker, prefix: tuple[str | Picture, ...], claims: Sequence[Checked]) -> list[list[Checked]]:
    """The claims in as few groups as fit behind the prefix."""
    model = asker.model
    used = prompt_tokens(model, Prompt(SYSTEM, (*prefix, VERDICTS + VERDICT_LINES))) + VERDICT_TOKENS
    room, left = model.limits.context - used, 0
    groups: list[list[Checked]] = []
    for claim in claims:
        cost = model.text_tokens(claim.text) + FOR_EACH_CLAIM + CLAIM_NAME_TOKENS
        if not groups or cost > left:
            groups.append([])
            left = room
        groups[-1].append(claim)
        left -= cost
    return groups


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
