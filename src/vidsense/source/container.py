"""In: a path or URL. Out: an opened container that can read nothing but what the user named.

A local file is handed to FFmpeg as bytes, with every protocol forbidden: a playlist, a `concat:` list or a reference
inside the file opens nothing.
"""

import errno
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from fractions import Fraction
from pathlib import Path

import av
from av.container import InputContainer
from av.packet import Packet
from av.stream import Disposition
from av.video.stream import VideoStream as Track

from vidsense.errors import SourceError

NETWORK_SCHEMES = {
    "http": "http,tcp",
    "https": "https,tls,tcp",
    "rtsp": "rtsp,rtp,udp,tcp",
    "rtmp": "rtmp,tcp",
    "udp": "udp",
    "srt": "srt",
}
MAX_PIXELS = 150_000_000
"""Larger pictures than this (16 K video has 133 million) are refused: a header may claim anything."""
READ_SIZE = 1 << 18
READ_ERRORS = (av.FFmpegError, OSError)
"""What reading on may raise: FFmpeg's word for the content, the system's for the disk."""


def url_scheme(location: str) -> str | None:
    """The scheme when `location` is a URL that may be opened over the network."""
    scheme = location.partition("://")[0].lower() if "://" in location else ""
    return scheme if scheme in NETWORK_SCHEMES else None


@contextmanager
def open_container(location: str | Path) -> Iterator[InputContainer]:
    """A container for the length of a `with`. Raises `SourceError` with one sentence that says why there is none."""
    scheme = url_scheme(str(location))
    protocols = NETWORK_SCHEMES[scheme] if scheme else "none"
    named = nullcontext(str(location)) if scheme else local_bytes(Path(location))
    with named as source, opened(source, location, protocols) as container:
        yield container


def opened(source: "str | LocalBytes", location: str | Path, protocols: str) -> InputContainer:
    """The container in `source`, which may use these protocols of FFmpeg's."""
    timeout = (10.0, 30.0) if isinstance(source, str) else None
    try:
        return av.open(
            source, "r", options={"protocol_whitelist": protocols}, buffer_size=READ_SIZE, timeout=timeout,
            metadata_errors="replace",
        )  # fmt: skip
    except (av.FFmpegError, ValueError, OSError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise SourceError(f"cannot open {shown(location)}: {reason}. Is it a video?") from error


class LocalBytes(io.FileIO):
    """A file under a harmless name: FFmpeg sees its extension and nothing else."""

    name = "video"

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """The new place, or an error in FFmpeg's way: damaged files name places that cannot be."""
        try:
            return super().seek(offset, whence)
        except OSError as error:
            return -(error.errno or errno.EINVAL)


def local_bytes(path: Path) -> LocalBytes:
    """The file's bytes, after the checks that deserve a clearer sentence than FFmpeg's."""
    try:
        return checked_bytes(path)
    except OSError as error:
        raise SourceError(f"cannot read {shown(path)}: {error.strerror}. Check its name and its disk.") from error


def checked_bytes(path: Path) -> LocalBytes:
    """The opened file when it is one that holds something."""
    if not path.exists():
        raise SourceError(f"there is no file {shown(path)}. Check the spelling, and quote names with spaces.")
    if path.is_dir():
        raise SourceError(f"{shown(path)} is a folder; name a video file in it.")
    if not path.is_file():
        raise SourceError(f"{shown(path)} is not a regular file; copy what it delivers to a file first.")
    if not os.access(path, os.R_OK):
        raise SourceError(f"no permission to read {shown(path)}. Change its permissions or copy it.")
    if path.stat().st_size == 0:
        raise SourceError(f"{shown(path)} is empty (0 bytes). Copy or record it again.")
    return LocalBytes(path, "rb")


def shown(location: str | Path) -> str:
    """A name as it can stand in a sentence: the last part, with line breaks and control characters escaped."""
    text = str(location)
    text = text if url_scheme(text) else Path(text).name or text
    text = text.encode("utf-8", "backslashreplace").decode("utf-8")
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def picture_track(container: InputContainer, location: str | Path) -> Track:
    """The main picture track; cover art does not count."""
    tracks = [t for t in container.streams.video if not t.disposition & Disposition.attached_pic]
    if not tracks:
        others = sorted({s.type for s in container.streams if s.type})
        holds = f"only {' and '.join(others)}" if others else "no streams at all"
        raise SourceError(f"{shown(location)} has no picture to look at (it holds {holds}). Give a file with video.")
    known = [t for t in tracks if t.codec_context is not None]
    if not known:
        raise SourceError(f"{shown(location)} is in a format whose codec is unknown here. Convert it, e.g. to H.264.")
    best = next((t for t in known if t.disposition & Disposition.default), known[0])
    if best.width * best.height > MAX_PIXELS:
        raise SourceError(
            f"{shown(location)} claims pictures of {best.width} × {best.height} pixels; "
            f"the limit is {MAX_PIXELS // 10**6} million."
        )
    return best


def track_packets(container: InputContainer, track: Track) -> Iterator["Packet[Track]"]:
    """The track's packets from where the container stands.

    A stream that appears on the way (damage can make one up) ends PyAV's own iterator with an `IndexError`; the packet
    is not ours, and the next iterator knows the stream.
    """
    while True:
        try:
            yield from container.demux(track)
        except IndexError:
            continue
        return


def time_base(track: Track) -> Fraction:
    """Seconds in one tick of the track's times."""
    if not track.time_base:
        raise SourceError("the picture track has no time base. Copy it into another container, e.g. Matroska.")
    return track.time_base
