"""In: an account. Out: files, each whole or not there."""

from pathlib import Path
from typing import TYPE_CHECKING

from vidsense.errors import OutputError

if TYPE_CHECKING:
    from vidsense.account.account import Description


def write_text(path: Path, text: str) -> None:
    """The whole text in the file, or the file as it was."""
    regular = path.is_file() or not path.exists()
    begun = path.with_name(path.name + ".part") if regular else path
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        begun.write_text(text, "utf-8", newline="\n")
        if regular:
            begun.replace(path)
    except OSError as error:
        if regular and begun.exists():
            begun.unlink()
        raise OutputError(f"cannot write {path}: {error.strerror}. Name another file for --out.") from error


def save_frames(video: str | Path, description: "Description", folder: Path) -> None:
    """Each chosen frame in a file of its own, at full size, named after its id and time."""
    import vidsense
    from vidsense.frames.contact_sheet import write_picture

    chosen = [frame for frame in description.frames if frame.chosen]
    with vidsense.open_video(video) as stream:
        pictures = stream.frames_at([frame.t for frame in chosen])
        for frame, picture in zip(chosen, pictures, strict=True):
            write_picture(folder / f"{frame.id}_{frame.t:.3f}s.jpg", picture.pixels)


def save_sheet(video: str | Path, description: "Description", path: Path) -> None:
    """All chosen frames in one picture, each with its time, reason and shot."""
    import vidsense
    from vidsense.account.writers import clock
    from vidsense.frames.contact_sheet import THUMB_SIDE, Caption, contact_sheet, write_picture
    from vidsense.source.stream import scaled_size

    chosen = [frame for frame in description.frames if frame.chosen]
    captions = [Caption(clock(frame.t), f"{frame.reason}, shot {frame.shot}") for frame in chosen]
    size = scaled_size(description.width, description.height, THUMB_SIDE)
    with vidsense.open_video(video) as stream:
        pixels = [frame.pixels for frame in stream.frames_at([frame.t for frame in chosen], size)]
    write_picture(path, contact_sheet(pixels, captions))
