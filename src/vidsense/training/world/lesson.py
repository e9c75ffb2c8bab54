"""In: a lesson and a seed. Out: a `Story` of something that no split shows, to teach it to a trained model.

Scenes, things, looks and pens are the world's own; only what happens is new. No seed of a split draws another clip
because there are lessons.
"""

from itertools import count

from vidsense.training.world.actions import Event
from vidsense.training.world.casting import assemble, is_new
from vidsense.training.world.dice import Dice
from vidsense.training.world.story import WORLD_VERSION, Story, fitting_background, timed

LESSONS = {"jumps": ("person", "dog", "cat")}
"""What is taught, and who does it."""
LESSON_SPLITS = ("train", "looks", "backgrounds")


def tell_lesson(lesson: str, seed: int, split: str = "train") -> Story:
    """The story of a seed, one event of this lesson; `split` says what is new in it, as in `tell`."""
    if lesson not in LESSONS:
        raise ValueError(f"there is no lesson {lesson!r}; there is {', '.join(LESSONS)}")
    if split not in LESSON_SPLITS:
        raise ValueError(f"a lesson has the splits {', '.join(LESSON_SPLITS)}, not {split!r}")
    if seed < 0:
        raise ValueError(f"a seed is a whole number from 0 on, got {seed}")
    dice = Dice(WORLD_VERSION, "lesson", lesson, split, seed)
    for attempt in count():
        if story := attempted_lesson(lesson, seed, split, dice.named(f"attempt {attempt}")):
            return story
    raise AssertionError("some attempt succeeds")


def attempted_lesson(lesson: str, seed: int, split: str, dice: Dice) -> Story | None:
    """A story of one event, if these dice lead to one."""
    made = assemble(lesson, split, dice, 1, LESSONS[lesson])
    if made is None:
        return None
    cast, actor = made
    if is_new(cast.kind(actor), lesson, cast.things[actor].look):
        return None
    placed, duration = timed([Event(lesson, actor)], dice)
    background = fitting_background(cast, dice, unseen=split == "backgrounds")
    if background is None:
        return None
    things = tuple(cast.things.values())
    return Story(seed, f"{lesson}-{split}", cast.scene, background, things, cast.poses, tuple(placed), duration)
