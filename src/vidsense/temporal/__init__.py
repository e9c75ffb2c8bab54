"""Frames in the light of each other: attention in time, moments, and the frames that bear on a question."""

from vidsense.temporal.moments import Moment, likeness, moments_of, near_duplicates, oddness, returning
from vidsense.temporal.selection import choose_for
from vidsense.temporal.transformer import ClipFeatures, TemporalTransformer, resemblance, time_positions

__all__ = [
    "ClipFeatures",
    "Moment",
    "TemporalTransformer",
    "choose_for",
    "likeness",
    "moments_of",
    "near_duplicates",
    "oddness",
    "resemblance",
    "returning",
    "time_positions",
]
