"""In: clips and an encoder. Out: `Seen`, the embeddings of some frames of each clip, computed once and kept on disk."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vidsense.errors import SourceError
from vidsense.frames.sampling import uniform_times
from vidsense.source.file import FileStream, open_video
from vidsense.training.joined.data import Row
from vidsense.training.rows import Clip
from vidsense.vision.encoder import VisionEncoder

SAID_EVERY = 50


@dataclass(frozen=True, eq=False)
class Seen:
    """One clip as the encoder sees it."""

    embeddings: np.ndarray
    """(T, E) float32, unit length."""
    seconds: np.ndarray
    """(T,) float32, from the first frame on."""


@dataclass(frozen=True, eq=False)
class Looker:
    """Looks at clips, each once: what was seen lies in `folder`."""

    encoder: VisionEncoder
    frames: int
    """Of each clip, spread evenly."""
    folder: Path

    def all(self, rows: Sequence[Row], say: Callable[[str], None]) -> dict[Clip, Seen]:
        """Every clip of these rows. What cannot be decoded is told and left out; `ValueError` when nothing is left."""
        clips = list(dict.fromkeys(row.clip for row in rows))
        seen: dict[Clip, Seen] = {}
        for number, clip in enumerate(clips, start=1):
            try:
                seen[clip] = self.look(clip)
            except SourceError as error:
                say(f"{clip.where} is left out: {error}")
            if number % SAID_EVERY == 0 or number == len(clips):
                say(f"looked at {number} of {len(clips)} clips")
        if not seen:
            raise ValueError(f"none of the {len(clips)} videos can be decoded.")
        return seen

    def look(self, clip: Clip) -> Seen:
        """The kept embeddings, or new ones."""
        kept = self.folder / f"{self.key(clip)}.npz"
        if kept.is_file():
            with np.load(kept) as arrays:
                return Seen(arrays["embeddings"], arrays["seconds"])
        with open_video(clip.video) as stream:
            size = self.encoder.decoding_size(stream.info.height, stream.info.width)
            frames = list(stream.frames_at(times_of(clip, stream, self.frames), size))
        if not frames:
            raise SourceError(f"no frame of {clip.video.name} can be decoded there.")
        times = np.array([frame.pts_seconds for frame in frames])
        seen = Seen(self.encoder.embed(frames), (times - times[0]).astype(np.float32))
        self.folder.mkdir(parents=True, exist_ok=True)
        begun = kept.with_suffix(".part.npz")
        np.savez(begun, embeddings=seen.embeddings, seconds=seen.seconds)
        begun.replace(kept)
        return seen

    def key(self, clip: Clip) -> str:
        """Another for another file, part, encoder or number of frames."""
        told = clip.video.stat()
        stamp = (str(clip.video.resolve()), told.st_size, told.st_mtime_ns, clip.start, clip.end, self.frames)
        return hashlib.sha256(repr((*stamp, self.encoder.info.fingerprint)).encode()).hexdigest()[:24]


def times_of(clip: Clip, stream: FileStream, count: int) -> list[float]:
    """Evenly over the clip. Raises `SourceError` when it begins after the video's end."""
    shown = float(stream.index().pts_seconds.max()) + 1 / (stream.info.frame_rate or 25.0)
    if clip.start >= shown:
        raise SourceError(f"{clip.video.name} ends at {shown:.1f} s, before {clip.start:g} s.")
    return [clip.start + time for time in uniform_times(min(clip.end or shown, shown) - clip.start, count)]
