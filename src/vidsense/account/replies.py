"""In: a model's answer, as it came. Out: what it holds, read with tolerance: JSON, broken JSON or plain lines."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

LABEL = re.compile(r"\[?\b([a-z]+-?\d+)\s*·\s*[\d:.]+\s*\]?", re.IGNORECASE)
"""A frame's label as the prompt shows it, copied into an answer."""
LINE = re.compile(r"^\W*(?:frame\s+)?(?P<id>[a-z]+-?\d+)\W*?\s*[:\-–]\s*(?P<seen>.+)$", re.IGNORECASE)
EVENT = re.compile(r"^\W*EVENT\b(?:\W*\d+\s*[:.)])?[^:]*?(?P<ids>[fgq]\d{3,}[^:]*):\W*(?P<text>\w.*)$", re.IGNORECASE)
SUMMED = re.compile(r"^\W*SUMMARY\W*:?\W*(?P<text>.*)$", re.IGNORECASE)
FLAGS = re.IGNORECASE | re.MULTILINE
ID = re.compile(r"[a-z]+-?\d+", re.IGNORECASE)


@dataclass(frozen=True)
class Claim:
    """One event as a model claims it: ids that may not exist, text that may not be true."""

    text: str
    first: str
    last: str
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True)
class WindowReading:
    """What a model said of a window."""

    observations: dict[str, str] = field(default_factory=dict)
    """Frame → what it shows."""
    claims: tuple[Claim, ...] = ()
    summary: str = ""
    in_form: bool = True
    """False: nothing of the form was found in the answer."""


def read_window(text: str) -> WindowReading:
    """The observations, events and summary of an answer."""
    fields = json_in(text)
    if isinstance(fields, dict) and ("events" in fields or "observations" in fields):
        return window_fields(fields)
    return window_lines(text)


def window_fields(fields: dict[str, Any]) -> WindowReading:
    """A window's answer that came as JSON; entries of a wrong kind are passed over, they say nothing."""
    observations = {
        first_of(ids_of(entry.get("frame"))): words(entry.get("seen")) for entry in objects(fields.get("observations"))
    }
    named = fields.get("events") or []
    claims = [claim_of(entry) for entry in objects(named) if words(entry.get("text"))]
    return WindowReading(
        {id_: seen for id_, seen in observations.items() if id_ and seen},
        tuple(claims),
        words(fields.get("summary")),
        in_form=not named or len(claims) == len(named),
    )


def claim_of(entry: dict[str, Any]) -> Claim:
    """One event of a JSON answer."""
    first, last = first_of(ids_of(entry.get("first_frame"))), first_of(ids_of(entry.get("last_frame"))[::-1])
    return Claim(words(entry["text"]), first or last, last or first, tuple(ids_of(entry.get("evidence"))))


def window_lines(text: str) -> WindowReading:
    """A window's answer that came as plain lines."""
    observations: dict[str, str] = {}
    claims: list[Claim] = []
    summary: list[str] = []
    sums_up = unread = False
    for line in LABEL.sub(r"\1", text.replace("*", "")).splitlines():
        if event := EVENT.match(line):
            ids = ids_of(event["ids"])
            claims.append(Claim(event["text"].strip(), ids[0], ids[-1], tuple(ids)))
        elif summed := SUMMED.match(line):
            sums_up, summary = True, [summed["text"].strip()]
        elif seen := LINE.match(line):
            observations[seen["id"].lower()] = seen["seen"].strip()
        elif sums_up:
            summary.append(line.strip())
        unread = unread or (line.strip().upper().startswith("EVENT") and not EVENT.match(line))
    in_form = bool(claims or observations) and not unread
    return WindowReading(observations, tuple(claims), " ".join(summary).strip(), in_form=in_form)


def read_verdicts(text: str, count: int) -> list[str]:
    """For each claim "yes", "no" or "unsure"; "" where the answer has none."""
    fields = json_in(text)
    given: dict[str, str] = {}
    if isinstance(fields, dict):
        entries = objects(fields.get("verdicts"))
        given = {words(entry.get("claim")).lower(): words(entry.get("verdict")).lower() for entry in entries}
    else:
        given = {name.lower(): said.lower() for name, said in re.findall(r"(c\d+)\W+(yes|no|unsure)\b", text, re.I)}
        alone = re.match(r"\W*(yes|no|unsure)\b", text, re.IGNORECASE)
        if count == 1 and alone:
            given.setdefault("c1", alone[1].lower())
    known = ("yes", "no", "unsure")
    return [said if (said := given.get(f"c{i + 1}", "")) in known else "" for i in range(count)]


def read_sentences(text: str) -> list[tuple[str, list[str]]]:
    """The sentences of a summary, each with the ids of the events that it names."""
    fields = json_in(text)
    if isinstance(fields, dict):
        entries = objects(fields.get("sentences"))
        return [
            (words(entry.get("text")), ids_of(entry.get("events"))) for entry in entries if words(entry.get("text"))
        ]
    lines = [line.strip(" -*") for line in text.splitlines() if line.strip(" -*")]
    return [(re.sub(r"\s*[\[(](?:e\d+[,\s]*)+[\])]", "", line), re.findall(r"\be\d+\b", line)) for line in lines]


@dataclass(frozen=True)
class AnswerReading:
    """What a model answered to a question."""

    found: bool
    answer: str
    evidence: tuple[str, ...] = ()
    observations: dict[str, str] = field(default_factory=dict)
    in_form: bool = True
    """False: whether it is an answer at all cannot be told."""


def read_answer(text: str) -> AnswerReading:
    """An answer with its evidence; without any form all of it is the answer, found only where it names frames."""
    fields = json_in(text)
    if isinstance(fields, dict):
        window = window_fields(fields)
        answer, found = words(fields.get("answer")), is_yes(fields.get("found"))
        evidence = tuple(ids_of(fields.get("evidence")))
        return AnswerReading(found and bool(answer), answer, evidence, window.observations, bool(answer) or not found)
    text = LABEL.sub(r"\1", text.replace("*", ""))
    lines = {
        name.lower(): said.strip() for name, said in re.findall(r"^\W*(found|answer|evidence)\W*:(.*)$", text, FLAGS)
    }
    answer = lines.get("answer", " ".join(text.split()))
    evidence = tuple(ids_of(lines.get("evidence", answer)))
    found = is_yes(lines.get("found", "yes")) and bool(evidence) and bool(answer)
    return AnswerReading(found, answer, evidence, window_lines(text).observations, found or "found" in lines)


def json_in(text: str) -> Any:
    """The JSON object in an answer, also inside a code fence or after some words, also when it broke off.

    >>> json_in('Here it is: {"events": [{"text": "a"}, {"te')
    {'events': [{'text': 'a'}]}
    """
    start = text.find("{")
    if start < 0:
        return None
    body = text[start:]
    try:
        return json.JSONDecoder(strict=False).raw_decode(body)[0]
    except ValueError:
        return closed(body)


def closed(body: str) -> Any:
    """Broken JSON up to the last place at which everything that is open can be closed."""
    for end in reversed([match.end() for match in re.finditer(r"[}\]\"el\d](?=\s*[,}\]])|[}\]]", body)][-200:]):
        head = re.sub(r",\s*([}\]])", r"\1", body[:end])
        try:
            return json.loads(head + closers(head), strict=False)
        except ValueError:
            continue
    return None


def closers(head: str) -> str:
    """The brackets that close what is open.

    >>> closers('{"a": [1, {"b": 2}')
    ']}'
    """
    open_: list[str] = []
    inside = escaped = False
    for character in head:
        if inside:
            inside, escaped = escaped or character != '"', character == "\\" and not escaped
        elif character == '"':
            inside = True
        elif character in "{[":
            open_.append("}" if character == "{" else "]")
        elif character in "}]" and open_:
            open_.pop()
    return "".join(reversed(open_))


def ids_of(value: Any) -> list[str]:
    """The ids in a text or a list, however they are written.

    >>> ids_of("[F001 · 0:00], frame f003"), ids_of(["text-1", None])
    (['f001', 'f003'], ['text-1'])
    """
    said = " ".join(words(one) for one in value) if isinstance(value, list) else words(value)
    return [id_.lower() for id_ in ID.findall(LABEL.sub(r"\1 ", said))]


def first_of(ids: Sequence[str]) -> str:
    """The first of some ids, or nothing."""
    return ids[0] if ids else ""


def is_yes(value: Any) -> bool:
    """Whether something says yes, as a truth value or in words."""
    return value is True or words(value).lower().startswith(("y", "true"))


def objects(value: Any) -> Sequence[dict[str, Any]]:
    """The objects of a list; nothing where there is no list."""
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def words(value: Any) -> str:
    """A text in one line; nothing where there is none."""
    return " ".join(value.split()) if isinstance(value, str) else ""
