"""In: what was measured, and the facts with their ids. Out: `Event`s, what happens, each with what it rests on."""

from vidsense.account.account import Event, FactRef
from vidsense.account.evidence import FrameList, Need
from vidsense.account.measured import CAMERA_DOES, Measured, does, light_words, quoted, sized
from vidsense.account.words import capitalized
from vidsense.facts.activity import Activity
from vidsense.facts.fact import Fact

Found = tuple[float, float, str, list[str]]


def events_of(measured: Measured, frames: FrameList, facts: list[FactRef]) -> list[Event]:
    """What happens, in time order."""
    found = [activity_event(measured, frames, facts, activity) for activity in measured.activities]
    found += joins(measured, frames)
    for fact, ref in zip(measured.facts, facts, strict=True):
        text = sentence_of(fact)
        if text is not None:
            found.append((fact.start, fact.end, text, [ref.id, *ref.frames]))
    return [
        Event(id=f"e{i + 1}", start=round(start, 4), end=round(end, 4), text=text, evidence=evidence)
        for i, (start, end, text, evidence) in enumerate(sorted(found))
    ]


def activity_event(measured: Measured, frames: FrameList, facts: list[FactRef], activity: Activity) -> Found:
    """Something moves: the movers that say so, and frames that show it."""
    movers = [f.id for f in facts if f.kind == "mover" and f.start < activity.end and f.end > activity.start]
    shown = frames.cited(Need(activity.start, activity.end, activity.moment))
    return (
        activity.start,
        activity.end,
        f"{sized(activity).capitalize()} {does(measured, activity)}.",
        [*movers, *shown],
    )


def joins(measured: Measured, frames: FrameList) -> list[Found]:
    """Fades and dissolves."""
    found = []
    for t in measured.survey.transitions:
        if t.kind != "cut":
            dissolve = t.kind == "dissolve"
            text = (
                "The picture dissolves into another." if dissolve else f"The picture {t.kind.replace('fade', 'fades')}."
            )
            found.append((t.start, t.end, text, frames.cited(Need(t.start, t.end, (t.start + t.end) / 2))))
    return found


def sentence_of(fact: Fact) -> str | None:
    """What a fact says on its own; movers are told together."""
    details = fact.details
    if fact.kind == "camera":
        return f"The camera {next(words for motion, words in CAMERA_DOES.items() if motion == details['motion'])}."
    if fact.kind == "text":
        return "Something is written that could not be read." if details.get("symbols") else f"It says {quoted(fact)}."
    if fact.kind == "sound":
        return {"loud": "It is loud.", "silence": "Nothing is heard.", "digital silence": "The sound track is silent."}[
            details["sound"]
        ]
    if fact.kind == "light":
        return f"{capitalized(light_words(fact))}."
    if fact.kind in ("subtitle", "transcript"):
        return f"{'A subtitle' if fact.kind == 'subtitle' else 'Somebody'} says {quoted(fact)}."
    return {
        "black": "The picture is black.",
        "dark": "The picture is dark.",
        "blurred": "The picture is blurred.",
        "speech": "Somebody speaks.",
    }.get(fact.kind)
