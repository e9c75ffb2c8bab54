"""In: a measured account and a question. Out: what measurements answer, with the moments; or that they cannot tell."""

import re
from collections.abc import Callable

from vidsense.account.account import Description, Event, FactRef, Moment
from vidsense.account.observe import UNHEARD, UNREAD
from vidsense.account.question import Question
from vidsense.account.words import at_time, length, listed, number, several
from vidsense.facts.lines import plain

Told = tuple[str, list[Moment]] | None
MOST_TOLD = 6


def measured_answer(account: Description, asked: Question) -> Told:
    """What measurements answer, or nothing."""
    return None if asked.topic == "unknown" or is_about_names(asked) else ANSWERS[asked.topic](account, asked)


def is_about_names(asked: Question) -> bool:
    """Whether the answer would have to name what nobody measured."""
    return asked.names is not None and asked.topic not in (
        "written",
        "said when",
        "camera",
        "speech",
        "sound",
        "length",
    )


def cannot_tell(account: Description, asked: Question) -> str:
    """That measurements do not tell, what was looked at, and what they do tell."""
    about = f"{asked.names} from anything else" if asked.names else "that"
    movers = [e for e in account.events if within(e, asked) and is_move(e)]
    times = some([span(e) for e in movers]) if movers else ""
    moves = f" Something moves at {times}." if times else ""
    seen = f"looked at every frame at low resolution and at {several(account.coverage.looked_at, 'frame')} closely"
    said = [span(f) for f in of_kind(account, "speech", asked)] if asked.topic == "speech" else []
    speech = f" Somebody speaks at {some(said)}; --speech-model has it written down." if said else ""
    return f"Measurements cannot tell {about}; {seen}.{speech or moves}"


def within(item: Event | FactRef, asked: Question) -> bool:
    """Whether something lies in the part that is asked about."""
    if asked.start is None:
        return True
    end = asked.end if asked.end is not None else asked.start + 1.0
    return item.start < end and item.end > asked.start


def span(item: Event | FactRef) -> str:
    """When something is, in words."""
    return f"{at_time(item.start)}–{at_time(item.end)}"


def some(parts: list[str], most: int = MOST_TOLD) -> str:
    """The first of many, and how many more there are: all of them are among the moments."""
    more = [f"{len(parts) - most} more"] if len(parts) > most else []
    return listed([*parts[:most], *more])


def is_move(event: Event) -> bool:
    """Whether an event is of something that moves before the camera."""
    return any(word in event.text for word in (" moves", " move ", " crosses", " comes in", " changes"))


def moment_of(event: Event) -> Moment:
    """An event as a part of an answer."""
    return Moment(start=event.start, end=event.end, text=event.text, evidence=event.evidence)


def fact_moment(fact: FactRef, text: str) -> Moment:
    """A fact as a part of an answer."""
    return Moment(start=fact.start, end=fact.end, text=text, evidence=[fact.id, *fact.frames])


def of_kind(account: Description, kind: str, asked: Question) -> list[FactRef]:
    """The facts of one kind in the part that is asked about."""
    return [fact for fact in account.facts if fact.kind == kind and within(fact, asked)]


def value(fact: FactRef, name: str) -> str:
    """What a fact holds under a name, or nothing."""
    return str((fact.model_extra or {}).get(name) or "")


def is_unknown(account: Description, said: str) -> bool:
    """Whether a warning says that this was not measured."""
    return any(warning.startswith(said) for warning in account.warnings)


def written(account: Description, asked: Question) -> Told:
    """What is on the screen."""
    if is_unknown(account, UNREAD):
        return None
    texts = [f for f in of_kind(account, "text", asked) if value(f, "text")]
    if not texts:
        return "Nothing that could be read is written there.", []
    moments = [fact_moment(f, value(f, "text")) for f in texts]
    told = [f"{span(f)} “{' / '.join(value(f, 'text').splitlines())}”" for f in texts[:MOST_TOLD]]
    more = f", and {len(texts) - MOST_TOLD} more" if len(texts) > MOST_TOLD else ""
    return f"It says {listed(told)}{more}.", moments


def said_when(account: Description, asked: Question) -> Told:
    """When certain words are on the screen or in the subtitles."""
    if is_unknown(account, UNREAD):
        return None
    if asked.words is None:
        return written(account, asked)
    wanted = plain(asked.words)
    heard = [f for kind in ("text", "subtitle", "transcript") for f in of_kind(account, kind, asked)]
    hits = [f for f in heard if wanted in plain(value(f, "text").replace("\n", " "))]
    if not hits:
        return f"“{asked.words}” was not read anywhere.", []
    return f"It says “{asked.words}” at {listed([span(f) for f in hits])}.", [
        fact_moment(f, value(f, "text")) for f in hits
    ]


def shots(account: Description, asked: Question) -> Told:
    """How many shots, and where they join."""
    count = len(account.shots)
    joins = [t for t in account.transitions if t.kind in ("cut", "dissolve")]
    at = f", joined at {some([at_time(t.start) for t in joins], 20)}" if joins else ""
    moments = [
        Moment(
            start=s.start,
            end=s.end,
            text=f"Shot {i + 1}",
            evidence=[f.id for f in account.frames if f.shot == s.id][:3],
        )
        for i, s in enumerate(account.shots)
    ]
    return f"There {'is' if count == 1 else 'are'} {several(count, 'shot')}{at}.", moments


def duration(account: Description, asked: Question) -> Told:
    """How long the video is."""
    return f"It is {length(account.duration_s)} long.", []


def speech(account: Description, asked: Question) -> Told:
    """Whether and when somebody speaks."""
    if is_unknown(account, UNHEARD):
        return None
    said, words = of_kind(account, "speech", asked), of_kind(account, "transcript", asked)
    if words:
        told = [f"{span(f)} “{value(f, 'text')}”" for f in words[: 2 * MOST_TOLD]]
        more = [f"and {len(words) - len(told)} more"] if len(words) > len(told) else []
        return f"Somebody says {listed([*told, *more])}.", [fact_moment(f, value(f, "text")) for f in words]
    if said and "what" in asked.text.lower():
        return None
    if said:
        return f"Somebody speaks at {listed([span(f) for f in said])}.", [
            fact_moment(f, "Somebody speaks.") for f in said
        ]
    silent = any(value(f, "sound") == "digital silence" for f in of_kind(account, "sound", asked))
    return ("No: the sound track is silent." if silent else "Nobody is heard speaking."), []


def sound(account: Description, asked: Question) -> Told:
    """What is heard."""
    if is_unknown(account, UNHEARD):
        return None
    events = [
        e for e in account.events if within(e, asked) and any(i.startswith(("sound-", "speech-")) for i in e.evidence)
    ]
    if not events:
        return "No speech, no long silence and no loud moment was heard.", []
    return told_of(events)


def camera(account: Description, asked: Question) -> Told:
    """What the camera does."""
    moves = [e for e in account.events if within(e, asked) and e.text.startswith("The camera")]
    if not moves:
        return ("The camera moves." if account.camera == "moving" else "No: the camera stands still."), []
    told = [f"{e.text.removeprefix('The camera ').rstrip('.')} ({span(e)})" for e in moves]
    return f"Yes: the camera {some(told)}.", [moment_of(e) for e in moves]


def light(account: Description, asked: Question) -> Told:
    """When the light changes, and what happens after it."""
    changes = of_kind(account, "light", asked)
    if asked.text.lower().startswith(("is it dark", "when is it dark", "is it night")):
        dark = [*of_kind(account, "dark", asked), *of_kind(account, "black", asked)]
        times = some([span(f) for f in dark]) if dark else ""
        return (f"The picture is dark at {times}." if dark else "No: the picture is not dark."), [
            fact_moment(f, "The picture is dark.") for f in dark
        ]
    if not changes:
        return "No change of light was measured.", []
    events = [e for e in account.events if {f.id for f in changes} & set(e.evidence)]
    told = [f"{span(e) if 'flickers' in e.text else at_time(e.start)}: {e.text}" for e in events]
    moments = [moment_of(e) for e in events]
    if "after" in asked.text.lower():
        meant = re.search(r"\b(?:goes|go|went|is|was|comes|switched|turned) (on|off)\b", asked.text.lower())
        begun = next((f for f in changes if meant and value(f, "change") == meant[1]), changes[0])
        later = [e for e in account.events if e.start >= begun.start and not set(e.evidence) & {f.id for f in changes}]
        then = told_of(later)
        told.append(f"After that: {then[0]}" if then else "After that nothing happens that was measured.")
        moments += then[1] if then else []
    return " ".join(told), moments


def way(account: Description, asked: Question) -> Told:
    """Which way things go."""
    movers = [f for f in of_kind(account, "mover", asked) if value(f, "direction")]
    if not movers:
        return None if of_kind(account, "mover", asked) else ("Nothing was seen to go anywhere.", [])
    told = [f"from {value(f, 'direction')} at {span(f)}" for f in movers]
    return f"Something goes {some(told)}.", [fact_moment(f, f"From {value(f, 'direction')}.") for f in movers]


def count(account: Description, asked: Question) -> Told:
    """How many things move, at once and in all."""
    movers, most = of_kind(account, "mover", asked), of_kind(account, "count", asked)
    if not movers:
        return "Nothing was seen to move before a standing camera.", []
    at_once = max([int(value(f, "count")) for f in most], default=1)
    text = f"At most {number(at_once)} at once; {several(len(movers), 'time')} something moves in all."
    return text, [fact_moment(f, "Something moves.") for f in movers]


def moves(account: Description, asked: Question) -> Told:
    """When something moves."""
    found = [e for e in account.events if within(e, asked) and is_move(e) and not e.text.startswith("The camera")]
    return told_of(found) or ("Nothing was seen to move.", [])


def everything(account: Description, asked: Question) -> Told:
    """What happens, in order."""
    found = [e for e in account.events if within(e, asked)]
    if asked.start is None and asked.topic == "all":
        return account.description, [moment_of(e) for e in found]
    return told_of(found) or ("Nothing happens there that was measured.", [])


def told_of(events: list[Event]) -> Told:
    """Events in a row, each with its time."""
    if not events:
        return None
    told = [f"{span(e)}: {e.text}" for e in events[: 2 * MOST_TOLD]]
    more = [f"And {len(events) - 2 * MOST_TOLD} more."] if len(events) > 2 * MOST_TOLD else []
    return " ".join([*told, *more]), [moment_of(e) for e in events]


ANSWERS: dict[str, Callable[[Description, Question], Told]] = {
    "written": written, "said when": said_when, "shots": shots, "length": duration, "speech": speech, "sound": sound,
    "camera": camera, "light": light, "way": way, "count": count, "moves": moves, "order": everything,
    "all": everything,
}  # fmt: skip
