"""In: files, folders, patterns and URLs. Out: the videos that they name."""

import glob
import os
from collections.abc import Sequence
from pathlib import Path

from vidsense.errors import VidSenseError
from vidsense.source.container import shown, url_scheme

VIDEO_SUFFIXES = frozenset(
    """
    .3g2 .3gp .amv .asf .avi .divx .dv .f4v .flv .gif .h264 .h265 .hevc .ivf .m1v .m2t .m2ts .m2v .m4v .mjpeg .mkv
    .mov .mp4 .mpeg .mpg .mts .mxf .nut .obu .ogm .ogv .rm .rmvb .ts .vob .webm .wmv .y4m
    """.split()  # noqa: SIM905  forty lines as a list
)
"""What a folder is searched for; a file that is named outright is tried whatever its name."""


def find_videos(places: Sequence[str | Path]) -> list[str | Path]:
    """The videos that files, folders (searched to the bottom), globs and URLs name, each once, in their order."""
    found: list[str | Path] = []
    for place in places:
        if url_scheme(str(place)):
            found.append(place)
        elif Path(place).is_dir():
            found += videos_below(Path(place))
        elif is_pattern(place):
            matches = sorted(glob.glob(str(place), recursive=True))  # noqa: PTH207  a pattern may be absolute
            if not matches:
                raise VidSenseError(f"no file matches {shown(place)}. Check the pattern.")
            found += [path for match in matches for path in find_videos([match])]
        else:
            found.append(Path(place))
    return list(dict.fromkeys(found))


def is_pattern(place: str | Path) -> bool:
    """Whether this names files by wildcards; a file that is really called so comes first."""
    return any(wildcard in str(place) for wildcard in "*?[") and not os.path.lexists(place)


def videos_below(folder: Path) -> list[str | Path]:
    """The video files in a folder and all folders in it, hidden ones left out, sorted.

    Folders that cannot be read stand at the end, to fail where the user sees it.
    """
    found: list[str | Path] = []
    closed: list[str | Path] = []
    for parent, folders, names in os.walk(folder, onerror=lambda error: closed.append(Path(error.filename))):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        visible = sorted(name for name in names if not name.startswith("."))
        found += [Path(parent, name) for name in visible if Path(name).suffix.lower() in VIDEO_SUFFIXES]
    if not found and not closed:
        raise VidSenseError(f"the folder {shown(folder)} holds no video file. Name the files if theirs are unusual.")
    return found + closed
