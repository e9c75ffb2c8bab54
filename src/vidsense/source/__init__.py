"""Decodes: any file, URL or formula becomes frames with the decoder's own times."""

from vidsense.source.file import FileStream, open_video
from vidsense.source.stream import Damage, Frame, Planes, StreamInfo, VideoStream

__all__ = ["Damage", "FileStream", "Frame", "Planes", "StreamInfo", "VideoStream", "open_video"]
