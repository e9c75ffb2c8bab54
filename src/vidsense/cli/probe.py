"""`vidsense probe`: what a file is, from its header and packets."""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from vidsense.cli.options import DEBUGGING

if TYPE_CHECKING:
    from vidsense.source import FileStream

LIGHT = {"sdr": "standard range", "pq": "HDR (PQ), tone mapped when read", "hlg": "HDR (HLG), tone mapped when read"}


@click.command()
@click.argument("video")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@DEBUGGING
def probe(video: str, as_json: bool) -> None:
    """Say what kind of file a video is."""
    from vidsense.source import open_video

    with open_video(video) as stream:
        found = findings(stream)
    click.echo(json.dumps(found, indent=1, ensure_ascii=False) if as_json else in_words(found))


def findings(stream: "FileStream") -> dict[str, Any]:
    """What the header says and the packets show."""
    index = stream.index()
    shown_times = index.pts_seconds[index.pts_seconds >= -1e-6]
    key_times = sorted(index.pts_seconds[index.is_key & (index.pts_seconds >= -1e-6)].tolist())
    return {
        **asdict(stream.info),
        "pictures": len(shown_times),
        "last_picture_seconds": round(float(shown_times.max()), 6) if len(shown_times) else None,
        "key_frame_seconds": [round(time, 6) for time in key_times],
        "seekable": index.seekable,
    }


def in_words(found: dict[str, Any]) -> str:
    """One line for each thing that a reader may ask."""
    lines = [
        ("file", f"{found['name']} ({found['container']})"),
        ("picture", f"{found['codec']}, {found['width']} × {found['height']}, {found['pixel_format']}"),
        ("light", LIGHT[found["transfer"]]),
        ("rate", rate_words(found)),
        ("length", length_words(found)),
        ("key frames", key_words(found)),
        ("tracks", tracks_words(found)),
        ("recorded", found["recorded_at"] or "the file does not say"),
    ]
    if found["rotation"]:
        lines.insert(2, ("rotation", f"turned by {found['rotation']}° when shown"))
    if found["interlaced"]:
        lines.insert(2, ("scan", "interlaced"))
    return "\n".join(f"{label:<11} {words}" for label, words in lines)


def rate_words(found: dict[str, Any]) -> str:
    """How many pictures, how fast."""
    if found["pictures"] == 1:
        return "a single picture"
    rate = f"{found['frame_rate']:g} pictures a second" if found["frame_rate"] else "no constant rate"
    return f"{rate}, {found['pictures']:,} in all"


def length_words(found: dict[str, Any]) -> str:
    """How long it is, and how sure that is."""
    from vidsense.account.writers import clock

    declared, last = found["declared_seconds"], found["last_picture_seconds"]
    begins = "" if last is None else f"; the last picture begins at {clock(last)}"
    return ("not declared" if declared is None else f"{clock(declared)} declared") + begins


def key_words(found: dict[str, Any]) -> str:
    """Where decoding can begin."""
    count, last = len(found["key_frame_seconds"]), found["last_picture_seconds"]
    if not found["seekable"] or not count:
        return f"{count}, but packets without times of their own: it is read in order"
    return f"{count}, one every {last / count:.1f} s" if count > 1 else "the first picture alone"


def tracks_words(found: dict[str, Any]) -> str:
    """What else is in the file."""
    counts = {"picture": found["video_tracks"], "sound": found["audio_tracks"], "subtitle": found["subtitle_tracks"]}
    return ", ".join(f"{count} {kind}" for kind, count in counts.items())
