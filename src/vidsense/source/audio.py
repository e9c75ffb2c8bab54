"""In: a path or URL. Out: `Sound`s, the main sound track as 16 kHz mono, at the times of the picture."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler

from vidsense.errors import SourceError
from vidsense.source.container import READ_ERRORS, open_container, shown
from vidsense.source.stream import Damage

SAMPLE_RATE = 16_000
GAP_SECONDS = 0.1
"""A packet later than this after the end of the one before leaves a gap; less is rounding."""


@dataclass(frozen=True, eq=False)
class Sound:
    """Some sound, and when it begins."""

    samples: np.ndarray
    """(n,) int16, mono, 16,000 a second."""
    seconds: float
    """Counted from the first shown frame."""


def iter_sound(
    location: str | Path,
    *,
    origin_seconds: float = 0.0,
    start_seconds: float = 0.0,
    end_seconds: float | None = None,
    damage: Damage | None = None,
) -> Iterator[Sound]:
    """The main sound track from `start_seconds` to `end_seconds`; what cannot be decoded is counted in `damage`.

    `origin_seconds` is the container's time of the first shown frame. Raises `SourceError` when there is no sound track
    that can be decoded.
    """
    damage = damage if damage is not None else Damage()
    with open_container(location) as container:
        tracks = [t for t in container.streams.audio if t.codec_context is not None]
        if not tracks:
            raise SourceError(f"{shown(location)} has no sound track that can be decoded.")
        track = tracks[0]
        resampler = AudioResampler("s16", "mono", SAMPLE_RATE)
        if start_seconds > 1.0 and track.time_base:
            container.seek(int((start_seconds + origin_seconds - 0.5) / track.time_base), stream=track)
        expected: float | None = None
        for frame in decoded_sound(container, track, damage):
            seconds = origin(frame, expected, origin_seconds)
            if end_seconds is not None and seconds >= end_seconds:
                break
            for part in resampler.resample(frame):
                samples = part.to_ndarray()[0]
                expected = seconds + len(samples) / SAMPLE_RATE
                if len(samples) and expected > start_seconds:
                    yield Sound(samples, seconds)
                seconds = expected


def origin(frame: AudioFrame, expected: float | None, origin_seconds: float) -> float:
    """When a frame of sound begins: as it says, or where the one before ended, if that is nearly the same."""
    said = None if frame.time is None else float(frame.time) - origin_seconds
    if said is None:
        return expected if expected is not None else 0.0
    return expected if expected is not None and abs(said - expected) < GAP_SECONDS else said


def decoded_sound(
    container: "av.container.InputContainer", track: "av.audio.stream.AudioStream", damage: Damage
) -> Iterator[AudioFrame]:
    """The frames of a sound track in order; packets that cannot be decoded are counted."""
    packets = container.demux(track)
    while True:
        try:
            packet = next(packets)
        except StopIteration:
            return
        except READ_ERRORS as error:
            damage.count(str(error.strerror))
            return
        try:
            yield from packet.decode()
        except READ_ERRORS as error:
            damage.count(str(error.strerror))
