"""In: `Summary`. Out: a table in plain text, and below it what the controls mean."""

from vidsense.bench.showing import Control
from vidsense.bench.summary import Row, Summary
from vidsense.score import Score

HEADS = {"video": "video", "blind": "blind", "middle": "middle frame", "shuffled": "shuffled"}
MOST_REASONS = 5


def told(summary: Summary) -> str:
    """The whole summary as text."""
    parts = [f"{summary.model}, right answers in % (95 % interval)", table(summary)]
    parts += [sentence for row in summary.rows if (sentence := row.meaning())]
    if summary.cut:
        parts.append(f"{summary.cut} answers ran out of tokens; allow more with --max-tokens.")
    return "\n\n".join(part for part in [*parts[:2], "\n".join(parts[2:]), failures(summary)] if part)


def table(summary: Summary) -> str:
    """A line for each ability, a column for each control."""
    has_exact = any(row.exact.right != row.scores["video"].right for row in summary.rows if "video" in row.scores)
    has_chance = any(row.chance is not None for row in summary.rows)
    heads = ["ability", "questions", "videos", *(HEADS[control] for control in summary.controls)]
    heads += ["exact"] * has_exact + ["chance"] * has_chance
    lines = [heads]
    for row in summary.rows:
        lines.append(cells_of(row, summary.controls, has_exact=has_exact, has_chance=has_chance))
        if row.apart:
            lines.append(apart_cells(row, summary.controls, width=len(heads)))
    widths = [max(len(line[i]) for line in lines) for i in range(len(heads))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )


def cells_of(row: Row, controls: tuple[Control, ...], *, has_exact: bool, has_chance: bool) -> list[str]:
    """One ability."""
    asked = max((score.asked for score in row.scores.values()), default=0)
    cells = [row.ability, str(asked), str(row.videos), *(percent(row.scores[control]) for control in controls)]
    cells += [percent(row.exact)] * has_exact
    return cells + [f"{100 * row.chance:.1f}" if row.chance is not None else "-"] * has_chance


def apart_cells(row: Row, controls: tuple[Control, ...], *, width: int) -> list[str]:
    """Its pairs."""
    pairs = max(score.asked for score in row.apart.values())
    cells = [f"  told apart ({pairs} pairs)", "", "", *(percent(row.apart.get(c, Score(0, 0))) for c in controls)]
    return cells + [""] * (width - len(cells))


def percent(score: Score) -> str:
    """A share and its interval.

    >>> percent(Score(95, 100))
    '95.0 (88.8–97.8)'
    """
    if not score.asked:
        return "-"
    low, high = score.interval
    return f"{100 * score.share:.1f} ({100 * low:.1f}–{100 * high:.1f})"


def failures(summary: Summary) -> str:
    """How many questions have no answer, and why; nothing where all have."""
    if not summary.failures:
        return ""
    count = sum(summary.failures.values())
    reasons = [f"- {number} × {reason}" for reason, number in list(summary.failures.items())[:MOST_REASONS]]
    more = len(summary.failures) - MOST_REASONS
    lines = [f"{count} of {summary.asked} prompts have no answer; they are in no share above:", *reasons]
    return "\n".join([*lines, f"- and {more} more reasons"] if more > 0 else lines)
