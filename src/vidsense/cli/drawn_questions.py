"""In: a split of the drawn world. Out: `Item`s, questions about its clips, which are drawn when they are looked at."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from vidsense.bench.item import Footage, Item, file_footage
from vidsense.errors import OutputError
from vidsense.score import is_exact
from vidsense.source.synthetic import SyntheticStream, write_video
from vidsense.training.world.actions import ACTIONS
from vidsense.training.world.clip import WorldClip
from vidsense.training.world.dice import Dice
from vidsense.training.world.pen import WIDTH
from vidsense.training.world.questions import Question
from vidsense.training.world.story import WORLD_VERSION, tell

ORDERED = ("action", "sequence", "first", "last")
"""What a clip and its reversed copy are asked, where nothing else is wanted."""


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """Which clips, and what is asked about them."""

    split: str
    clips: int
    """Clips that have such a question."""
    abilities: tuple[str, ...] = ()
    one_a_clip: bool = False
    """Ask each clip one question of each ability."""
    backwards: bool = False
    """Ask each clip and its reversed copy what is different in them."""
    long_side: int = 448
    folder: Path | None = None
    """Where clips are written as video files before they are asked about."""

    def items(self) -> Iterator[Item]:
        """The questions, clip by clip from seed 0 on."""
        asked = 0
        for seed in count():
            items = list(self.reversed_items(seed) if self.backwards else self.clip_items(seed))
            yield from items
            asked += bool(items)
            if asked == self.clips:
                return

    def clip_items(self, seed: int) -> Iterator[Item]:
        """The questions about one clip."""
        clip = WorldClip(tell(seed, self.split))
        questions = self.chosen(clip.questions, seed)
        footage = self.footage(clip) if questions else None
        yield from (item_of(question, footage) for question in questions if footage)

    def reversed_items(self, seed: int) -> Iterator[Item]:
        """The same question of a clip and of its reversed copy, where each has an answer of its own.

        A copy in which something happens that the world does not have (water that is drawn back into a bottle) is left
        out.
        """
        story = tell(seed, self.split)
        there, back = WorldClip(story), WorldClip(story, "reversed")
        if not all(event.action in ACTIONS for event in back.told.events):
            return
        found = {(question.ability, question.question): question for question in back.questions}
        for question in self.chosen(there.questions, seed):
            other = found.get((question.ability, question.question))
            if other and not is_exact(other.answer, question.answer, question.accepted):
                for asked, clip in ((question, there), (other, back)):
                    yield item_of(asked, self.footage(clip), pair=name_of(there))

    def chosen(self, questions: list[Question], seed: int) -> list[Question]:
        """Those that are wanted."""
        wanted = self.abilities or (ORDERED if self.backwards else ())
        kept = [question for question in questions if not wanted or question.ability in wanted]
        return one_of_each(kept, Dice(WORLD_VERSION, self.split, seed, "bench")) if self.one_a_clip else kept

    def footage(self, clip: WorldClip) -> Footage:
        """The clip, drawn at the size at which it is shown, or written as a file first."""
        name = name_of(clip)
        if self.folder is not None:
            return file_footage(written(clip, self.folder / f"{name}.mp4"), f"{name}.mp4")
        height = max(round(self.long_side / WIDTH), 2)
        return Footage(name, lambda: SyntheticStream(clip.drawing(height)), lambda: f"world {WORLD_VERSION} {name}")


def one_of_each(questions: list[Question], dice: Dice) -> list[Question]:
    """One question of each ability: the first of several wordings, any of several questions."""
    kept = []
    for ability in dict.fromkeys(question.ability for question in questions):
        same = [question for question in questions if question.ability == ability]
        kept.append(same[0] if len({question.answer for question in same}) == 1 else dice.pick(same))
    return kept


def item_of(question: Question, footage: Footage, *, pair: str = "") -> Item:
    """A question of the world as one of the bench."""
    return Item(footage, question.question, question.answer, question.accepted, ability=question.ability, pair=pair)


def name_of(clip: WorldClip) -> str:
    """What a clip is called."""
    backwards = "-reversed" if clip.order == "reversed" else ""
    return f"{clip.story.split}-{clip.story.seed:06d}{backwards}"


def written(clip: WorldClip, path: Path) -> Path:
    """The clip's file, which may be there already; whole or not there."""
    if path.exists():
        return path
    begun = path.with_name(f"part-{path.name}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_video(clip.drawing(), begun)
        begun.replace(path)
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror}. Name another folder for --files.") from error
    return path
