"""In: a story and what is visible in it. Out: questions of every kind that it answers, with the right answers."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from vidsense.score import is_exact
from vidsense.training.world.actions import ACTIONS, Event
from vidsense.training.world.casting import ACTORS, CASTS
from vidsense.training.world.dice import Dice
from vidsense.training.world.story import Story
from vidsense.training.world.thing import KINDS, Look, Thing
from vidsense.training.world.words import (
    NUMBERS,
    VERBS,
    a,
    actor_of,
    coloured,
    objects,
    plural,
    rest_of,
    sentence,
    sequence,
    wordings,
)

ABILITIES = (
    "action", "thing", "sequence", "first", "last", "count", "colour", "where", "direction", "before/after",
    "yes/no", "caption",
)  # fmt: skip
FIXED = ("person", "dog", "cat", "car", "bicycle", "parcel", "cup", "glass", "bottle", "door", "lamp", "chair", "ball")
APART = 0.2
"""How far, in picture heights, two things must be apart to be left and right of each other."""


@dataclass(frozen=True)
class Question:
    """What is asked, the answer, and other wordings that are right."""

    ability: str
    question: str
    answer: str
    accepted: tuple[str, ...] = ()

    def is_right(self, said: str) -> bool:
        """Whether it equals the answer or an accepted wording; capitals and a full stop do not count."""
        return is_exact(said, self.answer, self.accepted)


def ask_all(story: Story, visible: list[Thing]) -> list[Question]:
    """Every kind of question that this clip answers, in a fixed order."""
    dice = story.dice.named("questions")
    kinds = {thing.name: thing.kind for thing in story.things}
    return [
        *about_actions(story, kinds, dice),
        *about_things(story, visible, dice),
        *about_places(story, visible, kinds, dice),
        *about_order(story, kinds, dice),
        *yes_or_no(story, kinds, dice),
        Question("caption", dice.pick(("Describe the video.", "What does the video show?")), caption(story)),
    ]


def caption(story: Story) -> str:
    """All that happens, with colours."""
    kinds = {thing.name: thing.kind for thing in story.things}
    looks = {thing.name: thing.look for thing in story.things}
    said: list[str] = []
    for event in story.events:
        met = any(earlier.actor == event.actor for earlier in story.events[: story.events.index(event)])
        said.append(sentence(event, kinds, None if met else looks))
    return sequence(said)


def about_actions(story: Story, kinds: dict[str, str], dice: Dice) -> Iterator[Question]:
    """What happens, of clips in which one thing does; which way; who does it."""
    if len(story.events) == 1:
        event = story.events[0]
        said = tuple(wordings(event, kinds))
        yield Question("action", "What action is taking place?", sentence(event, kinds), said)
        asked = dice.pick(("What is happening?", "What happens in the video?", "Which action do you see?"))
        yield Question("action", asked, sentence(event, kinds), said)
    for event in story.events:
        if event.side and sum(e.actor == event.actor and bool(e.side) for e in story.events) == 1:
            yield way_of(event, kinds[event.actor])


def way_of(event: Event, kind: str) -> Question:
    """Which direction."""
    if event.action == "enters":
        asked, answer = f"From which side does the {kind} enter?", f"from the {event.side}"
    else:
        asked, answer = f"Which way does the {kind} go?", f"to the {event.side}"
    return Question("direction", asked, answer, (event.side, f"the {event.side}"))


def about_things(story: Story, visible: list[Thing], dice: Dice) -> Iterator[Question]:
    """What there is, how many, which colour."""
    answer, said = objects(visible, tuple(KINDS))
    yield Question("thing", "What objects are visible?", answer, tuple(said))
    yield Question("thing", dice.pick(("What can be seen?", "Which things are there?")), answer, tuple(said))
    there = [thing.kind for thing in visible]
    for kind in dict.fromkeys(there):
        number = there.count(kind)
        if number > 1 or dice.chance(0.3):
            yield Question("count", f"How many {plural(kind)} are there?", NUMBERS[number], (str(number),))
        thing = next(each for each in visible if each.kind == kind)
        if number == 1 and thing.look.colour:
            yield Question("colour", colour_question(kind, dice), thing.look.colour, colour_wordings(kind, thing.look))


def colour_question(kind: str, dice: Dice) -> str:
    """A person is asked for what it wears."""
    if kind == "person":
        return dice.pick(("What colour is the person wearing?", "Which colour does the person wear?"))
    return dice.pick((f"What colour is the {kind}?", f"Which colour has the {kind}?"))


def colour_wordings(kind: str, look: Look) -> tuple[str, ...]:
    """The colour with the thing."""
    return (coloured(kind, look), f"{look.colour} {kind}", f"it is {look.colour}")


def about_places(story: Story, visible: list[Thing], kinds: dict[str, str], dice: Dice) -> Iterator[Question]:
    """Left of, right of, on: of things that stay where they are."""
    busy = {name for event in story.events for name in (event.actor, event.target)}
    single = [thing for thing in visible if list(kinds.values()).count(thing.kind) == 1 and thing.kind in FIXED]
    staying = [thing for thing in single if thing.name not in busy]
    if story.scene == "table" and (on := [thing for thing in staying if thing.kind != "person"]):
        kind = dice.pick(on).kind
        yield Question("where", f"What is the {kind} on?", "the table", ("a table", "on the table", "table"))
    if len(staying) >= 2:
        one, other = dice.shuffled(staying)[:2]
        gap = story.poses[one.name].x - story.poses[other.name].x
        if abs(gap) > APART:
            side = "left" if gap < 0 else "right"
            said = (f"to the {side} of the {other.kind}", side, f"on the {side} of the {other.kind}", f"on the {side}")
            asked = f"Where is the {one.kind}, left or right of the {other.kind}?"
            yield Question("where", asked, f"{side} of the {other.kind}", said)


def about_order(story: Story, kinds: dict[str, str], dice: Dice) -> Iterator[Question]:
    """First, then, before, after."""
    events = story.events
    if len(events) < 2:
        return
    said = [sentence(event, kinds) for event in events]
    answer = sequence(said)
    others = (answer.removeprefix("first "), ", ".join(said), ", then ".join(said), " and then ".join(said))
    yield Question("sequence", "Describe the sequence of events.", answer, others)
    yield Question("sequence", "What happens first, then what?", answer, others)
    yield Question("first", "What happens first?", said[0], tuple(wordings(events[0], kinds)))
    yield Question("last", "What happens last?", said[-1], tuple(wordings(events[-1], kinds)))
    one, other = dice.pick(list(pairwise(events)))
    after, before = f"What happens after {sentence(one, kinds)}?", f"What happens before {sentence(other, kinds)}?"
    yield Question("before/after", after, sentence(other, kinds), tuple(wordings(other, kinds)))
    yield Question("before/after", before, sentence(one, kinds), tuple(wordings(one, kinds)))
    first, second = (one, other) if dice.chance(0.5) else (other, one)
    does = f"{actor_of(kinds[first.actor])} {VERBS[first.action][0]}{rest_of(first, kinds.get(first.target, ''))}"
    yield Question("before/after", f"Does {does} before {sentence(second, kinds)}?", "yes" if first is one else "no")


def yes_or_no(story: Story, kinds: dict[str, str], dice: Dice) -> Iterator[Question]:
    """Did it happen, is it there: as often yes as no, and the wrong ones could be true of such a scene."""
    event = dice.pick(story.events)
    yield Question("yes/no", did(event.action, event.actor, kinds), "yes")
    done = {(each.action, kinds[each.actor]) for each in story.events}
    wrong = [
        (action, name)
        for action in ACTIONS
        for name, kind in kinds.items()
        if kind in ACTORS[action] and (action, kind) not in done
    ]
    if wrong:
        action, name = dice.pick(wrong)
        yield Question("yes/no", did(action, name, kinds), "no")
    there = dice.pick(sorted(set(kinds.values())))
    yield Question("yes/no", f"Is there {a(there)}?", "yes")
    absent = [kind for kind in CASTS[story.scene] if kind not in kinds.values()]
    yield Question("yes/no", f"Is there {a(dice.pick(absent))}?", "no")


def did(action: str, name: str, kinds: dict[str, str]) -> str:
    """Whether somebody does something, whatever it is done to."""
    objects_of = {"picks up": " something", "puts down": " something", "opens": " the door", "closes": " the door",
                  "pours": " water"}  # fmt: skip
    kind = kinds[name]
    return f"Does {actor_of(kind)} {VERBS[action][0]}{objects_of.get(action, '')}?"
