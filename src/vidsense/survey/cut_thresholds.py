"""The limits by which `cuts` judges, each with its reason; measured by `benchmarks/shots.py`."""

from dataclasses import dataclass


@dataclass(frozen=True)
class CutThresholds:
    """Shares of structured blocks, 0 to 1; seconds."""

    suspicious: float = 0.3
    jump: float = 0.5
    """By how much a cut stands out from its neighbours."""
    still_jump: float = 0.45
    """The same where nothing else moves: slides."""
    still_neighbours: float = 0.08
    still_seconds: float = 0.4
    changed: float = 0.08
    """Least share of *all* blocks that must be new;"""
    moving: float = 0.15
    much_changed: float = 0.2
    """the same where so much of the structure is new in a frame nearby: where little is seen, all of it may move."""
    blended: float = 0.25
    """Of two pictures with a blended one between, so much more may be new than in either pair of neighbours."""
    still_changed: float = 0.1
    page_replaced: float = 0.014
    """A page for a page: least share of the fine blocks in which one structure replaces another,"""
    jerk_seconds: float = 0.26
    jerk: float = 0.45
    """A change that another of this share of it precedes or follows so closely is judder,"""
    sure: float = 0.95
    """unless nearly all is new, or only when changes come before and after."""
    sure_changed: float = 0.5
    calm: float = 0.25
    wild: float = 0.75
    """Where so much is new in nearly all blocks, one side must be calm, and the other may be as wild as this."""
    restless: float = 0.22
    """Mean share of the frames around from which a scene is too restless for anything but a sure cut."""
    paper: float = 0.25
    """Share of a page's blocks that are one even colour."""
    page_step: float = 4.0
    """where the mean of a block changes by this, of 255, or more,"""
    page_rest: float = 1.5
    """and none by more than this before and after."""
    returned: float = 0.35
    """A picture comes back when less than this of it is new."""
    relit: float = 0.5
    """The same after a black-out: the light may be another, from a lamp to infrared."""
    partial: float = 0.12
    """Where more than this share of the structure stays exactly in place, the change may be damage."""
    blanked: float = 0.5
    """Where more than this share of it is covered by one colour, it may be damage or a black-out too;"""
    region: float = 0.3
    same_region: float = 0.6
    """and when what changes, twice, is the same part of the picture (shared blocks), it is; the more of it, the less
    like the first the picture after it need be."""
    flash_frames: int = 3
    return_seconds: float = 2.0
    flat_structure: float = 0.2
    """Pictures with fewer structured blocks are compared by colour as well."""
    colour_step: float = 9.0
    luma_step: float = 90.0
