"""In: events. Out: what is to be seen when the clip is shown backwards."""

from dataclasses import replace

from vidsense.training.world.actions import Event

OPPOSITES = {
    "enters": "leaves", "leaves": "enters", "goes left": "goes right", "goes right": "goes left", "passes": "passes",
    "stops": "sets off", "sets off": "stops", "waves": "waves", "sits down": "stands up", "falls": "stands up",
    "picks up": "puts down", "puts down": "picks up", "opens": "closes", "closes": "opens", "pours": "draws back",
    "approaches": "recedes", "recedes": "approaches", "lights": "darkens", "darkens": "lights",
    "jumps": "jumps",
}  # fmt: skip
MIRRORED = ("goes left", "goes right", "passes", "stops", "sets off")
"""What keeps its name or changes it by its side; who enters from the left leaves to the left."""
OTHER_SIDE = {"left": "right", "right": "left", "": ""}


def opposite(event: Event, duration_seconds: float) -> Event:
    """The event that is seen when this one is shown backwards."""
    action = OPPOSITES.get(event.action) or ("sits down" if event.target else "falls")  # from a chair or the ground
    side = OTHER_SIDE[event.side] if event.action in MIRRORED else event.side
    start, end = round(duration_seconds - event.end, 2), round(duration_seconds - event.start, 2)
    return replace(event, action=action, side=side, start=max(start, 0.0), end=end)


def backwards(events: tuple[Event, ...], duration_seconds: float) -> tuple[Event, ...]:
    """All of them, the last one first."""
    return tuple(opposite(event, duration_seconds) for event in reversed(events))
