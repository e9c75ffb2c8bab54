"""In: a split and numbers of clips. Out: shards of drawn clips on disk, drawn once and read as if in memory."""

import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from vidsense.training.samples import Sample, draw_sample
from vidsense.training.world.story import WORLD_VERSION

ARRAYS = tuple(field.name for field in fields(Sample) if field.name != "words")


@dataclass(frozen=True, eq=False)
class Shard:
    """Some clips of one split: the arrays of `Sample` with one axis more in front."""

    folder: Path

    def __getattr__(self, name: str) -> np.ndarray:
        """An array, mapped from disk."""
        if name not in ARRAYS:
            raise AttributeError(name)
        array: np.ndarray = np.load(self.folder / f"{name}.npy", mmap_mode="r")
        object.__setattr__(self, name, array)
        return array

    def words(self) -> list[str]:
        """One line of JSON for each clip."""
        return (self.folder / "words.jsonl").read_text("utf-8").splitlines()


@dataclass(frozen=True)
class Shards:
    """All shards of a folder; the same number always holds the same clips."""

    root: Path
    frames: int
    height: int
    clips: int
    """In one shard."""

    def get(self, split: str, number: int) -> Shard:
        """This shard, drawn if it is not there yet."""
        folder = self.folder(split, number)
        if not folder.exists():
            self.draw(split, number, folder)
        return Shard(folder)

    def folder(self, split: str, number: int) -> Path:
        """Where a shard lies; another world or another size never meets it."""
        return self.root / f"v{WORLD_VERSION}-{self.frames}x{self.height}-{split}-{self.clips}-{number:05d}"

    def draw(self, split: str, number: int, folder: Path) -> None:
        """Whole or not there."""
        begun = folder.with_name(folder.name + ".part")
        shutil.rmtree(begun, ignore_errors=True)
        begun.mkdir(parents=True)
        samples = list(self.samples(split, number))
        for name in ARRAYS:
            np.save(begun / f"{name}.npy", np.stack([getattr(sample, name) for sample in samples]))
        (begun / "words.jsonl").write_text("".join(f"{sample.words}\n" for sample in samples), "utf-8")
        begun.replace(folder)

    def samples(self, split: str, number: int) -> Iterator[Sample]:
        """The clips of a shard, one after another."""
        for seed in range(number * self.clips, (number + 1) * self.clips):
            yield draw_sample(seed, split, self.frames, self.height)

    def forget(self, split: str, number: int) -> None:
        """Make room: a shard that is needed again is drawn again."""
        with suppress(FileNotFoundError):
            shutil.rmtree(self.folder(split, number))


@dataclass(frozen=True)
class Pool:
    """Shards that are in use at a time; every `steps` steps one goes and a newly drawn one comes."""

    shards: Shards
    split: str
    size: int
    steps: int
    kept: int
    """How many of those that went stay on disk, for the stages that follow."""
    first: int = 0
    """The number of the first shard."""

    def at(self, step: int) -> list[Shard]:
        """The shards of this step."""
        first = self.first + step // self.steps
        if first > self.kept:
            self.shards.forget(self.split, first - self.kept - 1)
        return [self.shards.get(self.split, number) for number in range(first, first + self.size)]
