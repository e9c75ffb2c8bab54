"""In: what moves in a shot, and the camera. Out: the sentences that tell it."""

from itertools import pairwise
from typing import Protocol

from vidsense.account.words import capitalized, listed, number, place, way
from vidsense.facts.activity import CLEAR_STRENGTH, Activity
from vidsense.facts.fact import Fact
from vidsense.survey.camera_motion import CameraMotion, CameraSpan
from vidsense.survey.shots import Shot
from vidsense.survey.survey import Survey

MANY = 6
"""More activities than this in a shot are summed up instead of told one by one."""
ALWAYS = 0.85
LARGE = 0.3
STIRRING = 0.15
"""Share of the time in which something stirs, and more than nothing is said to move."""
EDGE = 0.16
MOST_GROUPED = 3
CAMERA_DOES: dict[CameraMotion, str] = {
    "pan left": "pans left", "pan right": "pans right", "tilt up": "tilts up", "tilt down": "tilts down",
    "zoom in": "zooms in", "zoom out": "zooms out", "travel": "travels", "shake": "is unsteady", "static": "stands",
}  # fmt: skip


class Telling(Protocol):
    """What the sentences are made of, and how times are written."""

    @property
    def survey(self) -> Survey:
        """What was measured."""
        ...

    @property
    def activities(self) -> tuple[Activity, ...]:
        """What moves."""
        ...

    @property
    def verb(self) -> str:
        """What things do."""
        ...

    def at(self, seconds: float) -> str:
        """A time, in words."""
        ...

    def span(self, start: float, end: float, between: str = "–") -> str:
        """Two times, in words."""
        ...


def camera_sentences(telling: Telling, shot: Shot) -> list[str]:
    """The camera's moves in a shot, the short ones left out where there are many."""
    lasting = shot.end - shot.start
    if shot.camera in ("travel", "shake"):
        always = " throughout" if shot.camera == "travel" and lasting > 3.0 else ""
        return [f"The camera {CAMERA_DOES[shot.camera]}{always}."]
    moves = merged([s for s in telling.survey.camera_spans if s.start < shot.end and s.end > shot.start])
    if len(moves) > MANY:
        moves = merged([s for s in moves if s.end - s.start > 1.0]) or moves
    clear = [s for s in moves if s.motion != "shake"]
    if len(clear) == 1 and clear[0].end - clear[0].start > 0.5 * lasting:
        return [f"The camera {CAMERA_DOES[clear[0].motion]}."]
    if len(clear) > MANY:
        kinds = listed(sorted({CAMERA_DOES[s.motion] for s in clear}))
        return [f"The camera moves a lot: it {kinds}, {CAMERA_DOES[shot.camera]} longest."]
    return [f"The camera {', then '.join(move_words(telling, shot, clear))}."]


def move_words(telling: Telling, shot: Shot, moves: list[CameraSpan]) -> list[str]:
    """The camera's moves in the order of their beginnings, each kind once, with all its times.

    Where they are more than three they alternate: then the order matters more, and each is told on its own.
    """
    groups: dict[tuple[str, int], list[str]] = {}
    for i, move in enumerate(moves):
        span = telling.span(max(shot.start, move.start), min(shot.end, move.end))
        groups.setdefault((CAMERA_DOES[move.motion], i if len(moves) > MOST_GROUPED else 0), []).append(span)
    return [f"{words} ({listed(spans)})" for (words, _), spans in groups.items()]


def light_words(fact: Fact) -> str:
    """What the light does."""
    change = fact.details["change"]
    if change in ("on", "off"):
        there = fact.details.get("at")
        return f"a light goes {change}, {place(*there)}" if there else f"the light goes {change}"
    return "the light flickers" if change == "flicker" else f"the picture gets {change}"


def merged(spans: list[CameraSpan]) -> list[CameraSpan]:
    """Neighbours that do the same, as one."""
    found: list[CameraSpan] = []
    for span in spans:
        if found and found[-1].motion == span.motion and span.start - found[-1].end < 1.5:
            found[-1] = CameraSpan(found[-1].start, span.end, span.motion)
        else:
            found.append(span)
    return found


def activity_sentences(telling: Telling, shot: Shot) -> list[tuple[float, str]]:
    """What moves in a shot with a standing camera: sentences with the time of what they tell."""
    moving = [a for a in telling.activities if shot.start <= a.start < shot.end]
    if not moving:
        return [(shot.start, still_sentence(telling, shot))]
    seconds = sum(a.end - a.start for a in moving) / (shot.end - shot.start)
    if seconds > ALWAYS:
        nearly = "" if seconds > 0.97 and len(moving) == 1 else "nearly "
        always = f"Something {telling.verb} {nearly}all the time, mostly {where(max(moving, key=lasts))}."
        return [(shot.start, always)]
    if len(moving) > MANY:
        longest = max(moving, key=lasts)
        often = (
            f"Something {telling.verb} {number(len(moving))} times between "
            f"{telling.span(moving[0].start, moving[-1].end, ' and ')}; the longest is {where(longest)}, "
            f"{telling.span(longest.start, longest.end)}."
        )
        return [(moving[0].start, often)]
    first, last = moving[0], moving[-1]
    begin = shot.start
    if first.start - shot.start > 1.0:
        begin = first.start
        begins = (
            f"{quietly(telling, shot.start, first.start)} until {telling.at(first.start)}, "
            f"when {sized(first)} {does(telling, first)}; "
            f"that ends at {telling.at(first.end)}."
        )
    else:
        begins = f"{capitalized(sized(first))} {does(telling, first)} until {telling.at(first.end)}."
    sentences = [(begin, begins)]
    for i, (before, activity) in enumerate(pairwise(moving)):
        alike = sized(before) == sized(activity)
        sentences.append((activity.start, one_of_many(telling, activity, alike=alike, turn=i)))
    if shot.end - last.end > 1.0:
        quiet = quietly(telling, last.end, shot.end)
        sentences.append((last.end, f"After that {quiet[:1].lower()}{quiet[1:]}."))
    return sentences


def one_of_many(telling: Telling, activity: Activity, *, alike: bool, turn: int) -> str:
    """A further activity, worded in turn so that a list of them can be read."""
    what = ("again " if alike and turn == 0 else "") + sized(activity)
    act = does(telling, activity)
    if telling.at(activity.start) == telling.at(activity.end):
        return f"At {telling.at(activity.start)} {what} {act}."
    return (
        f"From {telling.span(activity.start, activity.end, ' to ')} {what} {act}.",
        f"{capitalized(what)} {act} between {telling.span(activity.start, activity.end, ' and ')}.",
        f"At {telling.at(activity.start)} {what} {act}, until {telling.at(activity.end)}.",
    )[turn % 3]


def lasts(activity: Activity) -> float:
    """For how long something moves."""
    return activity.end - activity.start


def still_sentence(telling: Telling, shot: Shot) -> str:
    """For a shot in which nothing was seen to move."""
    survey = telling.survey
    inside = (survey.pts_seconds >= shot.start - 1e-6) & (survey.pts_seconds < shot.end - 1e-6)
    one_picture = len(set(survey.picture[inside].tolist())) <= 1
    return "One still picture." if one_picture else f"{quietly(telling, shot.start, shot.end)}."


def quietly(telling: Telling, start: float, end: float) -> str:
    """What is said of a span in which no mover was found: that nothing moves only where nothing was measured to."""
    survey = telling.survey
    inside = (survey.sample_seconds >= start + 0.3) & (survey.sample_seconds < end)
    stirs = survey.motion[inside, 0] >= CLEAR_STRENGTH
    slight = telling.verb == "moves" and inside.any() and float(stirs.mean()) > STIRRING
    return "There is only slight movement" if slight else f"Nothing {telling.verb}"


def sized(activity: Activity) -> str:
    """What moves, by its size alone."""
    if activity.most > 1:
        return f"up to {number(activity.most)} things"
    if activity.share < 0.006:
        return "something very small"
    return "something small" if activity.share < 0.05 else "something large" if activity.share > LARGE else "something"


def does(telling: Telling, activity: Activity) -> str:
    """What it does: comes in, crosses, leaves, or just moves, and where."""
    if activity.most > 1:
        mostly = "" if activity.share > LARGE else "mostly "
        return f"move at once, {mostly}{where(activity)}"
    if activity.enters or activity.leaves or activity.direction:
        return passes(activity)
    direction = way(activity.entered_at, activity.left_at)
    if direction is None or activity.share > LARGE or telling.verb != "moves":
        return f"{telling.verb} {where(activity)}"
    crosses = at_edge(activity.entered_at) and at_edge(activity.left_at)
    return f"{'crosses' if crosses else 'moves'} {direction}"


OPPOSITE = {"left": "right", "right": "left", "top": "bottom", "bottom": "top"}
SIDES = {"left": "on the left", "right": "on the right", "top": "at the top", "bottom": "at the bottom"}


def passes(activity: Activity) -> str:
    """How a mover comes, goes and leaves."""
    way_words = f"from {activity.direction}" if activity.direction else ""
    straight = f"{activity.enters} to {activity.leaves}" == activity.direction
    if straight and activity.enters and OPPOSITE[activity.enters] == activity.leaves:
        return f"crosses {way_words}"
    parts = []
    if activity.enters:
        parts.append(f"comes in {SIDES[activity.enters]}")
    if way_words:
        parts.append(f"{'goes' if parts else 'moves'} {way_words}")
    elif not parts:
        parts.append(f"moves {where(activity)}")
    if activity.leaves:
        again = " again" if activity.leaves == activity.enters else ""
        parts.append(f"leaves {SIDES[activity.leaves]}{again}")
    return listed(parts)


def at_edge(point: tuple[float, float]) -> bool:
    """Whether a place is at the border of the picture."""
    return min(point[0], point[1], 1 - point[0], 1 - point[1]) < EDGE


def where(activity: Activity) -> str:
    """Where it moves."""
    x, y = ((a + b) / 2 for a, b in zip(activity.entered_at, activity.left_at, strict=True))
    return "over most of the picture" if activity.share > LARGE else place(x, y)
