"""In: wanted times. Out: those frames, by seeking: key frames alone, or exact ones from the key frame before."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import av
import numpy as np
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream as Track

from vidsense.errors import SourceError
from vidsense.source.container import open_container, picture_track

if TYPE_CHECKING:
    from vidsense.source.file import FileStream

SAME_SECONDS = 2e-3


def keyed_frames(stream: "FileStream", keys: np.ndarray) -> Iterator[tuple[VideoFrame, float]]:
    """The key frames at exactly these times. Each is decoded alone."""
    with open_container(stream.location) as container:
        track = picture_track(container, stream.location)
        stream._configure(track, 1, {})
        held: tuple[VideoFrame, float] | None = None
        for key in keys:
            if held is None or abs(held[1] - key) > SAME_SECONDS:
                held = decode_key(container, track, float(key), stream.origin_seconds)
            yield held


def decode_key(container: InputContainer, track: Track, key: float, origin: float) -> tuple[VideoFrame, float]:
    """Seek to one key frame, decode its packet and flush the decoder, so that nothing after it is read."""
    context = track.codec_context
    container.seek(round((key + origin) / track.time_base), stream=track, backward=True)
    for packet in container.demux(track):
        if packet.pts is None or float(packet.pts * track.time_base) - origin < key - SAME_SECONDS:
            continue
        frames = context.decode(packet) + context.decode(None)
        context.flush_buffers()
        if frames:
            return frames[0], key
        break
    raise SourceError(f"the key frame at {key:.3f} s cannot be decoded. Ask for exact frames instead.")


def sought_frames(stream: "FileStream", targets: np.ndarray) -> Iterator[tuple[VideoFrame, float]]:
    """The frames shown at exactly these times, ascending.

    On the way from a key frame to its target, frames that no other frame refers to are not decoded: the target comes
    out the same, in less time.
    """
    index = stream.index()
    with open_container(stream.location) as container:
        track = picture_track(container, stream.location)
        stream._configure(track, 1, {})
        walk: Iterator[tuple[VideoFrame, float]] | None = None
        held: tuple[VideoFrame, float] | None = None
        current_key = None
        for i, target in enumerate(targets):
            key, _ = index.packets_from_key(float(target))
            if key != current_key:
                rest = {round(t, 4) for t in targets[i:].tolist()}
                walk, current_key, held = walk_from(container, track, key, stream.origin_seconds, rest), key, None
            while walk is not None and (held is None or held[1] < target - SAME_SECONDS):
                held = next(walk, None)
                if held is None:
                    raise SourceError(f"the frame at {target:.3f} s cannot be decoded: the video is damaged there.")
            if held is not None:
                yield held


def walk_from(
    container: InputContainer, track: Track, key: float, origin: float, wanted: set[float]
) -> Iterator[tuple[VideoFrame, float]]:
    """Decode from the key frame on; of the frames that nothing refers to, only the `wanted` ones."""
    context = track.codec_context
    context.flush_buffers()
    container.seek(round((key + origin) / track.time_base), stream=track, backward=True)
    for packet in container.demux(track):
        time = None if packet.pts is None else float(packet.pts * track.time_base) - origin
        context.skip_frame = "DEFAULT" if time is None or round(time, 4) in wanted else "NONREF"
        try:
            frames = packet.decode()
        except av.FFmpegError:
            continue  # damage is counted by the survey's pass; a target lost here is an error above
        for frame in frames:
            if frame.pts is not None:
                yield frame, float(frame.pts * track.time_base) - origin
