"""In: an `AttentionReading` and the shots. Out: sentences that say what the heat map shows, from its own numbers."""

from collections.abc import Sequence

from vidsense.account.words import at_time, listed, several
from vidsense.plots.attention import AttentionReading, Block
from vidsense.report.frames import PageFrame

MOST_BLOCKS = 8
PATTERNS = {
    "diagonal": "The diagonal is the strongest: each frame attends mostly to itself",
    "blocks": "The map falls into blocks: neighbouring frames attend to each other",
    "sparse": "The map is sparse: each frame picks a few others",
    "even": "The map is even: no frame stands out",
}


def attention_sentences(reading: AttentionReading, frames: Sequence[PageFrame]) -> list[str]:
    """The main pattern, each block that holds, and who is looked at."""
    sentences = [
        f"{PATTERNS[reading.pattern]}. On average a frame gives {percent(reading.to_itself)} of its attention to "
        f"itself and spreads it over {reading.spread:.1f} of {len(frames)} frames."
    ]
    holding = [block for block in reading.blocks if block.holds]
    kept = sorted(holding, key=lambda block: -len(block.moment))[:MOST_BLOCKS]
    sentences += [block_sentence(block, frames) for block in sorted(kept, key=lambda block: block.moment.first)]
    if len(holding) > len(kept):
        sentences.append(
            f"{several(len(holding) - len(kept), 'shorter block').capitalize()} like these are not listed."
        )
    if len(frames) > 2:
        seen = [f"{i + 1} ({at_time(frames[i].pts_seconds)})" for i in reading.most_seen]
        sentences.append(f"The frames that others look at most are {listed(seen)}.")
    return sentences


def block_sentence(block: Block, frames: Sequence[PageFrame]) -> str:
    """Which frames attend to each other, how much, and whether that is a shot."""
    first, last = frames[block.moment.first], frames[block.moment.last]
    return (
        f"Frames {first.number}–{last.number} ({at_time(first.pts_seconds)}–{at_time(last.pts_seconds)}) attend to "
        f"each other: {percent(block.inside)} of their attention stays among them, if it were even, it would be "
        f"{percent(block.chance)}. {place_of(block, frames)}"
    )


def place_of(block: Block, frames: Sequence[PageFrame]) -> str:
    """How a block lies to the shots that the survey found."""
    inside = [frame.shot for frame in frames[block.moment.first : block.moment.last + 1]]
    shots = sorted(set(inside))
    if len(shots) > 1:
        return f"They lie in shots {listed([str(shot + 1) for shot in shots])}, which look alike to the encoder."
    whole = sum(frame.shot == shots[0] for frame in frames) == len(inside)
    return f"That is one shot, number {shots[0] + 1}." if whole else f"That is a part of shot {shots[0] + 1}."


def percent(share: float) -> str:
    """A share, in percent.

    >>> percent(0.125), percent(0.004)
    ('12 %', '0.4 %')
    """
    return f"{100 * share:.0f} %" if share >= 0.0095 or share == 0 else f"{100 * share:.1f} %"
