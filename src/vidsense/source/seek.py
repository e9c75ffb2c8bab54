"""In: wanted times. Out: those frames, by seeking: key frames alone, or exact ones from the key frame before."""

from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Protocol

import av
import numpy as np
from av.container import InputContainer
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream as Track

from vidsense.source.container import READ_ERRORS, open_container, picture_track, time_base, track_packets
from vidsense.source.index import PacketIndex

SAME_SECONDS = 2e-3
SEEK_MARGINS = (0.0, 0.5, 3.0, 20.0)
"""How much too early to aim, one after the other, where a container without an index (MPEG-TS) lands too late."""
SKIPS_NONREF = {"h264", "hevc", "mpeg4", "mpeg2video", "mpeg1video"}
"""Decoders that leave out frames which nothing refers to and show all others unchanged."""


class Seekable(Protocol):
    """A stream that can be opened again and set up for single frames."""

    location: str | Path
    origin_seconds: float

    def index(self) -> PacketIndex:
        """When every frame is shown."""
        ...

    def configure(self, track: Track, threads: int, options: dict[str, str]) -> None:
        """Set up the decoder of a freshly opened track."""
        ...


class SeekError(Exception):
    """A seek did not find what the index promised. In order, the frames can still be read."""


def packets_from(container: InputContainer, track: Track, key: float, origin: float) -> Iterator["Packet[Track]"]:
    """The packets from the key frame at this time on, wherever the container's own seek lands."""
    for margin in SEEK_MARGINS:
        try:
            container.seek(round((key - margin + origin) / time_base(track)), stream=track, backward=True)
            packets = track_packets(container, track)
            for packet in packets:
                if packet.pts is None or not packet.is_keyframe:
                    continue
                late = float(packet.pts * time_base(track)) - origin - key
                if abs(late) <= SAME_SECONDS:
                    return chain([packet], packets)
                if late > 0:
                    break
        except READ_ERRORS:
            continue  # some containers refuse to seek before their start
    raise SeekError(f"no seek reaches the key frame at {key:.3f} s")


def keyed_frames(stream: Seekable, keys: np.ndarray) -> Iterator[tuple[VideoFrame, float]]:
    """The key frames at exactly these times. Each is decoded alone."""
    with open_container(stream.location) as container:
        track = picture_track(container, stream.location)
        stream.configure(track, 1, {})
        held: tuple[VideoFrame, float] | None = None
        for key in keys.tolist():
            if held is None or abs(held[1] - key) > SAME_SECONDS:
                held = decoded_key(container, track, key, stream.origin_seconds), key
            yield held


def decoded_key(container: InputContainer, track: Track, key: float, origin: float) -> VideoFrame:
    """Seek to one key frame, decode its packet and flush the decoder, so that nothing after it is read."""
    context = track.codec_context
    packet = next(packets_from(container, track, key, origin))
    try:
        frames = context.decode(packet) + context.decode(None)
    except av.FFmpegError as error:
        raise SeekError(f"the key frame at {key:.3f} s cannot be decoded") from error
    context.flush_buffers()
    if not frames or frames[0].is_corrupt:
        raise SeekError(f"the key frame at {key:.3f} s cannot be decoded alone")
    return frames[0]


def sought_frames(stream: Seekable, targets: np.ndarray) -> Iterator[tuple[VideoFrame, float]]:
    """The frames shown at exactly these times, ascending.

    On the way from a key frame to its target, frames that no other frame refers to are not decoded: the target comes
    out the same, in less time.
    """
    index = stream.index()
    with open_container(stream.location) as container:
        track = picture_track(container, stream.location)
        stream.configure(track, 1, {})
        walk: Iterator[tuple[VideoFrame, float]] = iter(())
        held: tuple[VideoFrame, float] | None = None
        current_key = None
        for i, target in enumerate(targets.tolist()):
            key, _ = index.packets_from_key(target)
            if key != current_key:
                rest = {round(t, 4) for t in targets[i:].tolist()}
                walk, current_key, held = walk_from(container, track, key, stream.origin_seconds, rest), key, None
            while held is None or held[1] < target - SAME_SECONDS:
                held = next(walk, None)
                if held is None or held[1] > target + SAME_SECONDS:
                    raise SeekError(f"the frame at {target:.3f} s cannot be decoded")
            yield held


def walk_from(
    container: InputContainer, track: Track, key: float, origin: float, wanted: set[float]
) -> Iterator[tuple[VideoFrame, float]]:
    """Decode from the key frame on; of the frames that nothing refers to, only the `wanted` ones."""
    context = track.codec_context
    context.flush_buffers()
    skips = context.codec.canonical_name in SKIPS_NONREF
    packets = packets_from(container, track, key, origin)
    while packet := next_packet(packets):
        time = None if packet.pts is None else float(packet.pts * time_base(track)) - origin
        context.skip_frame = "NONREF" if skips and time is not None and round(time, 4) not in wanted else "DEFAULT"
        try:
            frames = packet.decode()
        except av.FFmpegError:
            continue  # damage is counted by the survey's pass; a target lost here is read in order
        for frame in frames:
            shown = None if frame.pts is None else float(frame.pts * time_base(track)) - origin
            if shown is not None and shown > key - SAME_SECONDS:  # what is shown before refers to frames not decoded
                yield frame, shown


def next_packet(packets: Iterator["Packet[Track]"]) -> "Packet[Track] | None":
    """The next packet, none at the end."""
    try:
        return next(packets, None)
    except READ_ERRORS as error:
        raise SeekError(f"reading ended: {error}") from error
