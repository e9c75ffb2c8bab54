"""In: cuts, fades and dissolves as found one by one. Out: the transitions of a video and the shots between them."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from vidsense.survey.camera_motion import CameraMotion
from vidsense.survey.cuts import Cut
from vidsense.survey.gradual import Gradual

TransitionKind = Literal["cut", "fade in", "fade out", "dissolve"]
MARGIN_SECONDS = 0.15


@dataclass(frozen=True)
class Transition:
    """How one shot gives way to the next, in seconds; a cut has start = end, the time of its first new frame."""

    start: float
    end: float
    kind: TransitionKind

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise ValueError(f"a transition must not end ({self.end}) before it starts ({self.start})")


def reconcile(
    cuts: list[Cut],
    graduals: list[Gradual],
    black_outs: list[tuple[float, float]],
    followed: list[tuple[float, float]] | None = None,
) -> list[Transition]:
    """One reading of all detectors.

    No cut inside a fade or dissolve, no dissolve with a sure cut inside, no fade in a black-out that undid itself, no
    dissolve where one moving scene was `followed` all the way.
    """
    sure = [c.seconds for c in cuts if c.sure]
    kept = [
        g
        for g in graduals
        if not comes_back(g, black_outs)
        and not (g.kind == "dissolve" and any(a <= g.start + 0.1 and g.end - 0.1 <= b for a, b in followed or []))
        and not (g.kind == "dissolve" and any(g.start - MARGIN_SECONDS / 3 < at <= g.end for at in sure))
    ]
    hard = [c for c in cuts if not any(inside(c, g) for g in kept)]
    found = [Transition(c.seconds, c.seconds, "cut") for c in hard] + [Transition(g.start, g.end, g.kind) for g in kept]
    return sorted(found, key=lambda t: (t.start, t.end))


def comes_back(gradual: Gradual, black_outs: list[tuple[float, float]]) -> bool:
    """Whether a fade in is no more than the end of a black-out that undid itself."""
    return gradual.kind == "fade in" and any(start - 0.1 <= gradual.start < end + 1.0 for start, end in black_outs)


def inside(cut: Cut, gradual: Gradual) -> bool:
    """Whether a cut is part of a fade or dissolve; right after it, not if it is sure (dissolve) or leads to something
    (fade out)."""
    past = cut.sure if gradual.kind == "dissolve" else gradual.kind == "fade out" and not cut.to_flat
    slack = 0.0 if past else MARGIN_SECONDS
    return gradual.start - MARGIN_SECONDS / 3 < cut.seconds < gradual.end + slack


@dataclass(frozen=True)
class Shot:
    """The run of frames between two transitions, in seconds, and the main thing that the camera does in it."""

    start: float
    end: float
    camera: CameraMotion


def shots_between(transitions: list[Transition], start: float, end: float) -> list[tuple[float, float]]:
    """Spans that tile [start, end]: split at cuts, in the middle of dissolves, and in the middle of the dark.

    >>> shots_between([Transition(2.0, 2.0, "cut"), Transition(5.0, 6.0, "dissolve")], 0.0, 9.0)
    [(0.0, 2.0), (2.0, 5.5), (5.5, 9.0)]
    """
    edges: list[float] = []
    dark_since: float | None = None
    for transition in transitions:
        if transition.kind == "fade out":
            dark_since = transition.end
        elif transition.kind == "fade in":
            if dark_since is not None:
                edges.append((dark_since + transition.start) / 2)
            dark_since = None
        else:
            edges.append((transition.start + transition.end) / 2)
            dark_since = None
    inner = sorted({edge for edge in edges if start + 1e-3 < edge < end - 1e-3})
    bounds = [start, *inner, end]
    return list(pairwise(bounds))
