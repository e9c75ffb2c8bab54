"""In: places of a video (times, and boxes in the picture). Out: an encoder's embedding of each, made once and kept."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from vidsense.account.observe import Cache
from vidsense.source.file import FileStream, open_video
from vidsense.source.stream import Frame
from vidsense.survey.survey import Survey
from vidsense.vision.encoder import VisionEncoder

Box = tuple[float, float, float, float]
"""x0, y0, x1, y1 in shares of the picture."""
Progress = Callable[[str, float], None]
WHOLE: Box = (0.0, 0.0, 1.0, 1.0)
CANDIDATE_SECONDS, MOST_CANDIDATES = 1.0, 600
"""Frames among which a question's or a label's are looked for: one a second, fewer in long videos."""
SAVED_ROWS = 64
"""So many embeddings are kept at a time, so that little is lost when the work is ended."""


@dataclass(frozen=True)
class Place:
    """A part of a frame, or all of it."""

    seconds: float
    box: Box = WHOLE

    @property
    def key(self) -> tuple[float, ...]:
        """The same for the same place."""
        return (round(self.seconds, 4), *(round(side, 4) for side in self.box))


@dataclass
class Looks:
    """An encoder before one video; what it saw once is not encoded again."""

    location: str | Path
    encoder: VisionEncoder
    cache: Cache | None = None
    on_progress: Progress | None = None
    threads: int = 0
    encoded: int = 0
    """Places that were encoded, not found."""
    seconds: float = 0.0
    """Spent on looking."""
    _known: dict[tuple[float, ...], np.ndarray] = field(default_factory=dict)
    _asked_cache: bool = False

    def embeddings(self, places: Sequence[Place]) -> np.ndarray:
        """(K, E) float32, a row for each place."""
        self._recall()
        missing = sorted({place.key: place for place in places if place.key not in self._known}.values(), key=by_time)
        if missing:
            self._encode(missing)
        rows = [self._known[place.key] for place in places]
        return np.stack(rows) if rows else np.zeros((0, self.encoder.info.embed_dim), np.float32)

    def _encode(self, places: Sequence[Place]) -> None:
        new = 0
        with open_video(self.location, threads=self.threads) as stream:
            for place, frame in parts_of(stream, self.encoder, places):
                self._known[place.key] = self.encoder.embed([frame])[0]
                self.encoded += 1
                new += 1
                if self.on_progress is not None:
                    self.on_progress("encode", new / len(places))
                if new % SAVED_ROWS == 0:
                    self._keep()
        self._keep()

    def _recall(self) -> None:
        if self._asked_cache or self.cache is None:
            return
        self._asked_cache = True
        kept = self.cache.load_rows(self.location, self.encoder.info.fingerprint)
        if kept is not None and kept[1].shape[1] == self.encoder.info.embed_dim:
            self._known |= {tuple(place): row for place, row in zip(kept[0].tolist(), kept[1], strict=True)}

    def _keep(self) -> None:
        if self.cache is not None:
            places, rows = np.array(list(self._known)), np.stack(list(self._known.values()))
            self.cache.store_rows(self.location, self.encoder.info.fingerprint, places, rows)


def by_time(place: Place) -> float:
    """When a place is seen."""
    return place.seconds


def parts_of(stream: FileStream, encoder: VisionEncoder, places: Sequence[Place]) -> Iterator[tuple[Place, Frame]]:
    """The pixels of each place. Whole frames are decoded at the encoder's size, parts of frames at their own."""
    for wanted, size in (
        (
            [place for place in places if place.box == WHOLE],
            encoder.decoding_size(stream.info.height, stream.info.width),
        ),
        ([place for place in places if place.box != WHOLE], None),
    ):
        for place, frame in zip(wanted, stream.frames_at([place.seconds for place in wanted], size), strict=True):
            yield place, Frame(cut_out(frame.pixels, place.box), frame.pts_seconds)


def cut_out(pixels: np.ndarray, box: Box) -> np.ndarray:
    """The part of a picture inside a box, at least one pixel of it."""
    height, width = pixels.shape[:2]
    x0, y0 = min(width - 1, int(box[0] * width)), min(height - 1, int(box[1] * height))
    x1, y1 = max(x0 + 1, round(box[2] * width)), max(y0 + 1, round(box[3] * height))
    return np.ascontiguousarray(pixels[y0:y1, x0:x1])


def candidate_times(survey: Survey) -> list[float]:
    """Times spread over the whole video, in their order; a picture that stands still is there once."""
    return list(dict.fromkeys(first_seen(survey, spread_times(survey))))


def spread_times(survey: Survey) -> list[float]:
    """When frames are shown that are evenly spread over the whole video."""
    pts = survey.pts_seconds
    lasting = float(survey.picture_end_seconds - pts[0])
    count = int(np.clip(np.ceil(lasting / CANDIDATE_SECONDS), 1, MOST_CANDIDATES))
    wanted = pts[0] + (np.arange(count) + 0.5) * lasting / count
    at = np.unique(np.clip(np.searchsorted(pts, wanted, side="right") - 1, 0, len(pts) - 1))
    return [float(pts[i]) for i in at]


def first_seen(survey: Survey, times: Sequence[float]) -> list[float]:
    """For each time, the earliest of them at which the very same picture is shown."""
    pictures = survey.picture[np.searchsorted(survey.pts_seconds, times)].tolist()
    earliest: dict[int, float] = {}
    for picture, time in zip(pictures, times, strict=True):
        earliest.setdefault(picture, time)
    return [earliest[picture] for picture in pictures]
