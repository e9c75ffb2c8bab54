"""In: clips of files, and seeds of the drawn world. Out: `Seen`, what nano's tower sees of each, with its questions."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from vidsense.training.finetune.looks import frames_of
from vidsense.training.finetune.nano_base import NanoBase
from vidsense.training.finetune.rows import Row, clips_of
from vidsense.training.nano import Nano, pixels_to_input
from vidsense.training.rows import Clip
from vidsense.training.states import fingerprint
from vidsense.training.world.clip import WorldClip
from vidsense.training.world.story import WORLD_VERSION, Story, tell

CLIPS_AT_ONCE = 16
Say = Callable[[str], None]


@dataclass(frozen=True)
class Asked:
    """A question with what nano should answer."""

    ability: str
    question: str
    answer: str


@dataclass(frozen=True, eq=False)
class Seen:
    """Some clips as nano sees them; the tower is frozen, so that this is computed once."""

    pixels: np.ndarray
    """(clips, T, H, W, 3) uint8."""
    states: Tensor
    """(clips, T, K * STATE)."""
    seconds: Tensor
    """(clips, T)."""
    asked: tuple[tuple[Asked, ...], ...]
    """Of each clip."""

    def __len__(self) -> int:
        return len(self.asked)

    def part(self, clips: Sequence[int]) -> "Seen":
        """Some of them."""
        at = list(clips)
        return Seen(self.pixels[at], self.states[at], self.seconds[at], tuple(self.asked[i] for i in at))


def seen_rows(base: NanoBase, rows: Sequence[Row], work: Path, say: Say) -> Seen:
    """The clips of these rows, decoded and looked at once; kept in `work` for the next run."""
    clips = clips_of(rows)
    asked: dict[Clip, list[Asked]] = {clip: [] for clip in clips}
    for row in rows:
        asked[row.clip].append(Asked(row.ability, row.question, row.answer))
    key = [*map(stamp, clips), base.frames, base.size]

    def decoded() -> tuple[np.ndarray, np.ndarray]:
        pictures = []
        for number, clip in enumerate(clips, start=1):
            pictures.append(frames_of(clip, base.frames, base.size))
            if number % 20 == 0 or number == len(clips):
                say(f"decoded {number} of {len(clips)} clips")
        return np.stack([pixels for pixels, _ in pictures]), np.stack([seconds for _, seconds in pictures])

    pixels, seconds = kept(work, "clips", key, decoded)
    return looked_at(base.mind.nano, pixels, seconds, [tuple(asked[clip]) for clip in clips], work)


def seen_seeds(base: NanoBase, split: str, seeds: range, work: Path, say: Say) -> Seen:
    """Clips of the drawn world with all their questions."""
    return seen_stories(base, [tell(seed, split) for seed in seeds], f"{split}-{seeds}", work, say)


def seen_stories(base: NanoBase, stories: Sequence[Story], name: str, work: Path, say: Say) -> Seen:
    """Drawn clips, looked at as they are drawn, without a file between."""
    clips = [WorldClip(story) for story in stories]

    def drawn() -> tuple[np.ndarray, np.ndarray]:
        say(f"drawing {len(clips)} clips of the world ({stories[0].split})")
        frames = [clip.frames(base.frames, base.size[0]) for clip in clips]
        return np.stack([pixels for pixels, _, _ in frames]), np.stack([s.astype(np.float32) for _, _, s in frames])

    pixels, seconds = kept(work, "drawn", [WORLD_VERSION, name, len(clips), base.frames, base.size], drawn)
    asked = [tuple(Asked(q.ability, q.question, q.answer) for q in clip.questions) for clip in clips]
    return looked_at(base.mind.nano, pixels, seconds, asked, work)


def stamp(clip: Clip) -> tuple[object, ...]:
    """Another one when the file is another."""
    told = clip.video.stat()
    return str(clip.video.resolve()), told.st_size, told.st_mtime_ns, clip.start, clip.end


def looked_at(
    nano: Nano, pixels: np.ndarray, seconds: np.ndarray, asked: Sequence[tuple[Asked, ...]], work: Path
) -> Seen:
    """The tower over every frame."""
    key = [fingerprint(nano), hashlib.sha256(pixels.tobytes()).hexdigest()]
    (states,) = kept(work, "states", key, lambda: (states_of(nano, pixels),))
    return Seen(pixels, torch.from_numpy(states), torch.from_numpy(seconds), tuple(asked))


def states_of(nano: Nano, pixels: np.ndarray) -> np.ndarray:
    """(clips, T, K * STATE) float32, without learning."""
    nano.eval()
    with torch.no_grad():
        parts = [see(nano, pixels[at : at + CLIPS_AT_ONCE]) for at in range(0, len(pixels), CLIPS_AT_ONCE)]
    return torch.cat(parts).numpy()


def see(nano: Nano, pixels: np.ndarray) -> Tensor:
    """(B, T, H, W, 3) uint8 → (B, T, K * STATE)."""
    flat = torch.from_numpy(np.ascontiguousarray(pixels.reshape(-1, *pixels.shape[2:])))
    return nano.states(pixels_to_input(flat)).view(*pixels.shape[:2], -1)


def kept(
    work: Path, name: str, key: Sequence[object], make: Callable[[], tuple[np.ndarray, ...]]
) -> tuple[np.ndarray, ...]:
    """Arrays that were made before from the same, or made now and kept."""
    mark = hashlib.sha256(repr(list(key)).encode()).hexdigest()[:16]
    path = work / f"{name}-{mark}.npz"
    if path.exists():
        with np.load(path) as found:
            return tuple(found[f"array{i}"] for i in range(len(found.files)))
    arrays = make()
    work.mkdir(parents=True, exist_ok=True)
    begun = path.with_suffix(".part.npz")
    np.savez(begun, **{f"array{i}": array for i, array in enumerate(arrays)})  # type: ignore[arg-type]
    begun.replace(path)
    return arrays
