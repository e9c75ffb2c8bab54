"""In: a path or URL. Out: `FileStream`, whose frames are decoded by PyAV, at the decoder's own times."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Self

import av
import numpy as np
from av.container import InputContainer
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream as Track

from vidsense.errors import SourceError
from vidsense.source.clock import PictureClock
from vidsense.source.container import MAX_PIXELS, READ_ERRORS, open_container, picture_track, shown, track_packets
from vidsense.source.convert import TRANSFER, FrameConverter
from vidsense.source.index import PacketIndex, packet_index
from vidsense.source.seek import SeekError, keyed_frames, packets_from, sought_frames
from vidsense.source.stream import Damage, Frame, Planes, StreamInfo

SEEK_COST_PACKETS = 6
"""One seek costs about as much as decoding this many frames."""


class DrainError(Exception):
    """The decoder met damage when it gave out its last pictures; some of them are lost."""


class FileStream:
    """A video file. Each pass opens it anew, so that passes do not disturb each other."""

    def __init__(self, location: str | Path, *, threads: int = 0) -> None:
        self.location = location
        self.threads = threads
        self.damage = Damage()
        self._index: PacketIndex | None = None
        with open_container(location) as container:
            track = picture_track(container, location)
            first = self._first_frame(container, track)
            self.origin_seconds = PictureClock.raw_seconds(first) or 0.0
            aspect = float(track.sample_aspect_ratio or 1)
            self.converter = FrameConverter(first, aspect if abs(aspect - 1) > 0.02 else 1.0)
            self.info = self._read_info(container, track, first)

    def _first_frame(self, container: InputContainer, track: Track) -> VideoFrame:
        self.configure(track, 1, {})
        damage = Damage()
        try:
            for frame in decoded(track_packets(container, track), damage):
                return frame
        except DrainError as error:
            damage.count(str(error))
        reason = f" ({damage.messages[0]})" if damage.messages else ""
        raise SourceError(f"no picture in {shown(self.location)} can be decoded{reason}. Is it complete?")

    def _read_info(self, container: InputContainer, track: Track, first: VideoFrame) -> StreamInfo:
        height, width = self.converter.shown_size
        rate = track.average_rate or track.guessed_rate
        picture = float(track.duration * track.time_base) if track.duration and track.time_base else None
        picture = picture or tagged_seconds(track.metadata.get("DURATION", ""))
        return StreamInfo(
            name=shown(self.location),
            container=container.format.name,
            codec=track.codec_context.codec.canonical_name,
            width=width,
            height=height,
            rotation=self.converter.rotation,
            frame_rate=round(float(rate), 3) if rate else None,
            declared_seconds=declared_seconds(container),
            declared_picture_seconds=picture,
            pixel_format=first.format.name,
            transfer=TRANSFER.get(int(first.color_trc or 0), "sdr"),
            interlaced=bool(first.interlaced_frame),
            recorded_at=recorded_at({**track.metadata, **container.metadata}),
            audio_tracks=len(container.streams.audio),
            subtitle_tracks=len(container.streams.subtitles),
            video_tracks=len(container.streams.video),
        )

    def configure(self, track: Track, threads: int, options: dict[str, str]) -> None:
        """Set up the decoder of a freshly opened track."""
        context = track.codec_context
        context.thread_count = threads
        if threads != 1:
            track.thread_type = "AUTO"
        context.options = {"max_pixels": str(MAX_PIXELS), **options}

    def index(self) -> PacketIndex:
        """The packet index, read once."""
        if self._index is None:
            with open_container(self.location) as container:
                self._index = packet_index(container, picture_track(container, self.location), self.origin_seconds)
        return self._index

    def _timed(
        self, start_seconds: float, end_seconds: float | None, options: dict[str, str]
    ) -> Iterator[tuple[VideoFrame, float]]:
        """Every decoded frame with its time in [start, end), damage counted."""
        damage = Damage()
        for frame, time in self._timed_to_the_end(start_seconds, options, damage):
            if end_seconds is not None and time >= end_seconds:
                break
            if time >= start_seconds:
                yield frame, time
        self.damage = damage

    def _timed_to_the_end(
        self, start_seconds: float, options: dict[str, str], damage: Damage
    ) -> Iterator[tuple[VideoFrame, float]]:
        """Every frame from the last key frame before the start on.

        With several threads, damage in the last packets takes the sound pictures before it along; then the end is read
        again with one.
        """
        latest = -1.0
        try:
            for frame, time in self._timed_from_key(start_seconds, options, damage, threads=self.threads):
                latest = time
                yield frame, time
        except DrainError as error:
            damage.count(str(error))
            with suppress(DrainError):  # counted above
                for frame, time in self._timed_from_key(max(latest, start_seconds), options, Damage(), threads=1):
                    if time > latest:
                        yield frame, time

    def _timed_from_key(
        self, start_seconds: float, options: dict[str, str], damage: Damage, *, threads: int
    ) -> Iterator[tuple[VideoFrame, float]]:
        key = None
        if start_seconds > 0 and self.index().seekable:
            key, _ = self.index().packets_from_key(float(self.index().shown_at(np.array([start_seconds]))[0]))
        try:
            yield from self._timed_pass(key, options, damage, threads=threads)
        except SeekError:  # which comes before the first frame
            yield from self._timed_pass(None, options, damage, threads=threads)

    def _timed_pass(
        self, key: float | None, options: dict[str, str], damage: Damage, *, threads: int
    ) -> Iterator[tuple[VideoFrame, float]]:
        clock = PictureClock(self.origin_seconds, 1 / (self.info.frame_rate or 25.0))
        with open_container(self.location) as container:
            track = picture_track(container, self.location)
            self.configure(track, threads, options)
            if key is None:
                packets = track_packets(container, track)
            else:
                packets = packets_from(container, track, key, self.origin_seconds)
            yield from clock.timed(decoded(packets, damage))

    def iter_frames(
        self, size: tuple[int, int] | None = None, *, start_seconds: float = 0.0, end_seconds: float | None = None
    ) -> Iterator[Frame]:
        """Every shown frame in [start, end), scaled to (height, width) `size` when given."""
        for frame, time in self._timed(start_seconds, end_seconds, {}):
            yield Frame(self.converter.rgb(frame, size), time)

    def iter_planes(
        self, long_side: int, *, start_seconds: float = 0.0, end_seconds: float | None = None
    ) -> Iterator[Planes]:
        """Every shown frame in [start, end) at survey size.

        Frames that no other frame refers to are decoded without their deblocking filter: invisible at this size,
        a fifth of the time.
        """
        for frame, time in self._timed(start_seconds, end_seconds, {"skip_loop_filter": "noref"}):
            look, lasts = partial(self.converter.closely, frame), float(frame.duration * (frame.time_base or 0))
            yield Planes(*self.converter.planes(frame, long_side), time, look, lasts)

    def frames_at(
        self, times: Sequence[float], size: tuple[int, int] | None = None, *, tolerance_seconds: float = 0.0
    ) -> Iterator[Frame]:
        """For each time, ascending, the frame shown then.

        The cheapest of three ways is taken: key frames alone when they are all within `tolerance_seconds`, seeks to
        the key frame before each time, or one pass in order.
        """
        wanted = np.asarray(times, np.float64)
        if len(wanted) == 0:
            return
        if np.any(np.diff(wanted) < 0):
            raise ValueError("times must be in ascending order")
        found = 0
        try:
            for frame, time in self._frames_by_seeking(wanted, tolerance_seconds):
                yield Frame(self.converter.rgb(frame, size), time)
                found += 1
        except SeekError:
            for frame, time in self._frames_in_order(wanted[found:]):
                yield Frame(self.converter.rgb(frame, size), time)

    def _frames_by_seeking(self, wanted: np.ndarray, tolerance: float) -> Iterator[tuple[VideoFrame, float]]:
        index = self.index()
        if not index.seekable:
            return self._frames_in_order(wanted)
        keys = index.nearest_keys(wanted)
        if tolerance > 0 and np.all(np.abs(keys - wanted) <= tolerance):
            return keyed_frames(self, keys)
        targets = index.shown_at(wanted)
        last = int(np.searchsorted(np.sort(index.pts_seconds), targets[-1]))
        gops: dict[float, int] = {}
        for target in np.unique(targets):
            key, packets = index.packets_from_key(float(target))
            gops[key] = max(gops.get(key, 0), packets)
        if sum(gops.values()) + SEEK_COST_PACKETS * len(gops) >= last:
            return self._frames_in_order(wanted)
        return sought_frames(self, targets)

    def _frames_in_order(self, wanted: np.ndarray) -> Iterator[tuple[VideoFrame, float]]:
        at, held = 0, None
        for frame, time in self._timed(0.0, None, {}):
            while held is not None and at < len(wanted) and wanted[at] < time - 5e-4:
                yield held
                at += 1
            if at == len(wanted):
                return
            held = (frame, time)
        if held is None:
            raise SourceError(f"no picture in {shown(self.location)} can be decoded. Is it complete?")
        for _ in range(at, len(wanted)):
            yield held

    def close(self) -> None:
        """Nothing stays open between passes; here so that all streams close alike."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def decoded(packets: Iterator["Packet[Track]"], damage: Damage) -> Iterator[VideoFrame]:
    """The frames of these packets in shown order; what cannot be decoded is counted."""
    while True:
        try:
            packet = next(packets)
        except StopIteration:
            return
        except READ_ERRORS as error:
            damage.count(str(error.strerror))
            return
        try:
            frames = packet.decode()
        except av.FFmpegError as error:
            if packet.size:
                damage.count(str(error.strerror))
            elif packet.pts is None:
                raise DrainError(str(error.strerror)) from error
            continue  # an empty packet repeats the picture before it (Theora)
        for frame in frames:
            if frame.is_corrupt:
                damage.count("a picture is damaged")
            yield frame


def declared_seconds(container: InputContainer) -> float | None:
    """The latest end that the container or any of its tracks names."""
    ends = [container.duration / av.time_base] if container.duration else []
    ends += [float(t.duration * t.time_base) for t in container.streams if t.duration and t.time_base]
    return max(ends, default=None)


def tagged_seconds(text: str) -> float | None:
    """Matroska's track length, "00:01:02.5" → 62.5."""
    parts = text.split(":")
    try:
        hours, minutes, seconds = (float(part) for part in parts)
    except ValueError:
        return None
    return hours * 3600 + minutes * 60 + seconds


def recorded_at(metadata: dict[str, str]) -> str | None:
    """ISO 8601 from the container's tags; zero dates, which mean "not set", are none."""
    lower = {key.lower(): value for key, value in metadata.items()}
    for key in ("com.apple.quicktime.creationdate", "creation_time", "date", "datetimeoriginal"):
        try:
            moment = datetime.fromisoformat(lower.get(key, "").strip())
        except ValueError:
            continue
        if moment.year > 1970 and key != "date":
            return moment.isoformat().replace("+00:00", "Z")
    return None


def open_video(location: str | Path, *, threads: int = 0) -> FileStream:
    """Open a video file, a still image, a GIF or a URL. Raises `SourceError` when no picture can be decoded."""
    return FileStream(location, threads=threads)
