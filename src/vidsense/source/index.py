"""In: a container. Out: `PacketIndex`, when every frame is shown and which ones are key frames, without decoding."""

from dataclasses import dataclass

import numpy as np
from av.container import InputContainer
from av.video.stream import VideoStream as Track

from vidsense.source.clock import JUMP_SECONDS
from vidsense.source.container import READ_ERRORS, time_base, track_packets


@dataclass(frozen=True, eq=False)
class PacketIndex:
    """The packets of one picture track in file order."""

    pts_seconds: np.ndarray
    """(P,) float64 from the first shown frame."""
    is_key: np.ndarray
    """(P,) bool."""
    complete: bool
    """Whether every packet has a time of its own and the count never begins anew, so that seeks can be trusted."""

    def __post_init__(self) -> None:
        if self.pts_seconds.shape != self.is_key.shape:
            raise ValueError(f"{len(self.pts_seconds)} times but {len(self.is_key)} key flags")

    @property
    def seekable(self) -> bool:
        """Whether a seek can land on a known frame."""
        return self.complete and bool((self.is_key & (self.pts_seconds >= -1e-6)).any())

    def shown_at(self, times: np.ndarray) -> np.ndarray:
        """The times of the frames that are on screen at `times`."""
        shown = np.sort(self.pts_seconds[self.pts_seconds >= -1e-6])
        at = np.searchsorted(shown, times + 5e-4, side="right") - 1
        return shown[np.clip(at, 0, len(shown) - 1)]

    def nearest_keys(self, times: np.ndarray) -> np.ndarray:
        """The times of the key frames nearest to `times`."""
        keys = np.sort(self.pts_seconds[self.is_key & (self.pts_seconds >= -1e-6)])
        after = np.clip(np.searchsorted(keys, times), 0, len(keys) - 1)
        before = np.clip(after - 1, 0, None)
        return np.where(np.abs(keys[before] - times) <= np.abs(keys[after] - times), keys[before], keys[after])

    def packets_from_key(self, time: float) -> tuple[float, int]:
        """The key frame that decoding has to start from to reach `time`, and how many packets lie between."""
        target = int(np.argmin(np.abs(self.pts_seconds - time)))
        # A key frame read before the target but shown after it begins an open GOP: the target needs the one before.
        keys = np.flatnonzero(self.is_key[: target + 1] & (self.pts_seconds[: target + 1] <= time + 1e-6))
        start = int(keys[-1]) if len(keys) else 0
        return float(self.pts_seconds[start]), target - start + 1


def packet_index(container: InputContainer, track: Track, origin: float) -> PacketIndex:
    """Read the packets of a freshly opened container; times count from `origin` seconds."""
    ticks: list[int] = []
    keys: list[bool] = []
    complete = True
    try:
        for packet in track_packets(container, track):
            if packet.size == 0 or packet.is_discard:
                continue
            if packet.pts is None:
                complete = False
                continue
            ticks.append(packet.pts)
            keys.append(packet.is_keyframe)
    except READ_ERRORS:
        complete = False  # a damaged container: what follows can only be read in order
    tick = time_base(track)
    pts = np.array(ticks, np.float64) * tick.numerator / tick.denominator - origin
    ordered = bool(np.all(pts > np.maximum.accumulate(pts) - JUMP_SECONDS)) and len(np.unique(pts)) == len(pts)
    return PacketIndex(pts, np.array(keys, bool), complete and ordered)
