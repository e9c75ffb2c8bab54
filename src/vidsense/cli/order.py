"""In: the arguments of `describe`. Out: `Order`, what is wanted and where it goes, checked."""

from dataclasses import dataclass
from pathlib import Path

import click

from vidsense.account.observe import Cache
from vidsense.batch.rows import Options
from vidsense.batch.videos import VIDEO_SUFFIXES, is_pattern
from vidsense.language.options import ModelOptions

SUFFIX_FORMAT = {".json": "json", ".md": "md", ".markdown": "md", ".srt": "srt", ".vtt": "vtt", ".txt": "text"}
ROWS_SUFFIX = ".jsonl"


@dataclass(frozen=True, kw_only=True)
class Order:
    """What `describe` is to do."""

    places: tuple[str, ...]
    options: Options
    model_options: ModelOptions
    format: str
    out: Path | None
    pictures: Path | None
    """Where the chosen frames are saved."""
    retry: bool
    plan: bool
    """Only what it would cost is wanted."""
    threads: int
    cache: Cache | None
    quiet: bool

    def __post_init__(self) -> None:
        if self.out and (str(self.out) in self.places or self.out.suffix.lower() in VIDEO_SUFFIXES):
            raise click.UsageError(f"--out {self.out} would be written over a video; name a text file.")
        if self.many and self.out and self.out.suffix != ROWS_SUFFIX:
            raise click.UsageError(f"many videos need an --out that ends in {ROWS_SUFFIX}, not {self.out.name}.")
        if self.many and not self.out and self.format in ("srt", "vtt"):
            raise click.UsageError(f"--format {self.format} takes one video.")

    @property
    def many(self) -> bool:
        """Whether a list is wanted: even if the folder holds a single video."""
        place = self.places[0]
        return len(self.places) > 1 or Path(place).is_dir() or is_pattern(place)

    @property
    def rows(self) -> bool:
        """Whether the result is a row for each video."""
        return self.many or (self.out is not None and self.out.suffix == ROWS_SUFFIX)


def implied_format(form: str | None, out: Path | None) -> str:
    """The format that was named, or the one that the file's ending names."""
    if form:
        return form
    return SUFFIX_FORMAT.get(out.suffix.lower(), "text") if out else "text"
