"""In: `Blob`s and `Survey`. Out: facts of kind "mover" and "count": what moves before a standing camera."""

from dataclasses import dataclass, field, replace
from itertools import groupby

import numpy as np

from vidsense.facts.blobs import SAMPLE_SECONDS, Blob
from vidsense.facts.fact import Fact
from vidsense.survey.series import median, quantile
from vidsense.survey.shots import Shot
from vidsense.survey.survey import Survey

LOST_SECONDS = 1.5
"""What is not seen for so long has gone, or rests."""
REACH, SPEED = 0.07, 0.4
"""How far a mover may be from where it was last, and how much further after each second, in shares of the picture."""
OF_SIZE = 0.6
TOUCHING = 0.025
"""Blobs no further apart are parts of one thing."""
LEAST_BLOBS, LEAST_SECONDS = 3, 0.2
BRIEF_SECONDS, SMALL, IN_PLACE = 0.45, 0.02, 0.08
"""Shorter, smaller and within less of the picture than this, all three, a track is no mover;"""
OFTEN, TINY, NEAR = 0.6, 0.003, 0.13
"""nor when it is seen in fewer of the samples, is smaller and stays nearer than this."""
LONG_SECONDS = 0.6
"""A track shorter than this beside a longer one is a part of it, or noise."""
BEFORE, AFTER = 0.25, 0.2
"""A mover is seen a little after it begins to move and until a little before it ends."""
STEADY = 0.74
"""A background that stays in place so much is seen by a standing camera."""
ALONG, ALONG_GAP = 0.06, 0.16
"""What stays so close, one above the other, belongs together."""
EDGE, AWAY = 0.06, 0.01
"""So close to the border a thing comes or goes, unless it goes away from it."""
LEAST_WAY = 0.25
MOST_POINTS = 40


@dataclass
class Track:
    """One thing, followed."""

    blobs: list[Blob] = field(default_factory=list)

    @property
    def first(self) -> Blob:
        """Where it was seen first."""
        return self.blobs[0]

    @property
    def last(self) -> Blob:
        """Where it was seen last."""
        return self.blobs[-1]

    @property
    def seconds(self) -> float:
        """For how long it moves."""
        return self.last.seconds - self.first.seconds

    @property
    def area(self) -> float:
        """Of the picture, when it is seen best."""
        return quantile(np.array([b.area for b in self.blobs]), 0.75)


def steadied(survey: Survey, steady: list[tuple[float, float, float]]) -> Survey:
    """The survey with a standing camera where it only seemed to shake: a crowd moves, what is behind it does not."""
    shots, moving = [], survey.moving_share * (survey.end_seconds - survey.start_seconds)
    spans = list(survey.camera_spans)
    for one in survey.shots:
        shot = one
        shares = [share for start, end, share in steady if start < shot.end and end > shot.start]
        if shot.camera == "shake" and shares and min(shares) >= STEADY:
            inside = [span for span in spans if shot.start <= (span.start + span.end) / 2 < shot.end]
            moving -= sum(span.end - span.start for span in inside)
            spans = [span for span in spans if span not in inside]
            shot = replace(shot, camera="static")
        shots.append(shot)
    lasting = max(1e-6, survey.end_seconds - survey.start_seconds)
    share = min(survey.moving_share, max(0.0, moving / lasting))
    return replace(survey, shots=tuple(shots), camera_spans=tuple(spans), moving_share=share)


def mover_facts(survey: Survey, blobs: list[Blob], lights: list[Fact]) -> list[Fact]:
    """One fact for each thing that moves in shots with a standing camera, and one for the most at once in a shot."""
    facts = []
    for shot in survey.shots:
        if shot.camera != "static":
            continue
        inside = [b for b in blobs if shot.start - 1e-6 <= b.seconds < shot.end and not in_light(b, lights)]
        tracks = without_parts(whole(tracked(inside)))
        facts += [fact_of(track, shot) for track in tracks]
        most = count_fact(tracks, shot)
        facts += [most] if most is not None else []
    return sorted(facts, key=lambda fact: (fact.start, fact.end))


def in_light(blob: Blob, lights: list[Fact]) -> bool:
    """Whether the light changes at this moment, which changes shadows and reflections with it."""
    return any(light.start - 0.2 <= blob.seconds <= light.end + 0.3 for light in lights)


def tracked(blobs: list[Blob]) -> list[Track]:
    """Blobs that follow each other, in time order of their beginnings."""
    open_: list[Track] = []
    done: list[Track] = []
    for seconds, together in groupby(blobs, key=lambda b: b.seconds):
        done += [t for t in open_ if seconds - t.last.seconds > LOST_SECONDS]
        open_ = [t for t in open_ if seconds - t.last.seconds <= LOST_SECONDS]
        free = list(open_)
        for blob in merged(list(together)):
            near = min(free, key=lambda t: distance(t, blob), default=None)
            if near is not None and distance(near, blob) <= 1.0:
                near.blobs.append(blob)
                free.remove(near)
            else:
                open_.append(Track([blob]))
    found = [t for t in done + open_ if len(t.blobs) >= LEAST_BLOBS and t.seconds >= LEAST_SECONDS]
    return sorted(found, key=lambda t: t.first.seconds)


def merged(blobs: list[Blob]) -> list[Blob]:
    """Blobs of one moment, those that touch as one, the largest first."""
    found: list[Blob] = []
    for blob in blobs:
        parts = [other for other in found if apart(blob, other) < TOUCHING]
        found = [other for other in found if other not in parts]
        found.append(joined([blob, *parts]) if parts else blob)
    return sorted(found, key=lambda b: -b.area)


def apart(a: Blob, b: Blob) -> float:
    """The gap between two boxes, negative where they overlap."""
    return max(abs(a.x - b.x) - (a.width + b.width) / 2, abs(a.y - b.y) - (a.height + b.height) / 2)


def joined(blobs: list[Blob]) -> Blob:
    """One blob around several."""
    left, right = min(b.x - b.width / 2 for b in blobs), max(b.x + b.width / 2 for b in blobs)
    top, bottom = min(b.y - b.height / 2 for b in blobs), max(b.y + b.height / 2 for b in blobs)
    area = sum(b.area for b in blobs)
    return Blob(blobs[0].seconds, (left + right) / 2, (top + bottom) / 2, right - left, bottom - top, area)


def distance(track: Track, blob: Blob) -> float:
    """From where a track was last to a blob; up to 1 it may be the same thing."""
    last = track.last
    reach = max(REACH, OF_SIZE * max(last.width, last.height, blob.width, blob.height))
    return float(np.hypot(blob.x - last.x, blob.y - last.y)) / (reach + SPEED * (blob.seconds - last.seconds))


def whole(tracks: list[Track]) -> list[Track]:
    """Tracks that go along together, close to each other all the time, as one: legs and the rest of a walker."""
    found: list[Track] = []
    for track in tracks:
        mate = next((other for other in found if goes_along(track, other)), None)
        if mate is None:
            found.append(track)
        else:
            together = sorted([*mate.blobs, *track.blobs], key=lambda b: b.seconds)
            mate.blobs = [joined(list(at)) for _, at in groupby(together, key=lambda b: b.seconds)]
    return found


def goes_along(a: Track, b: Track) -> bool:
    """Whether two tracks keep the same short distance for most of the shorter one's time."""
    there = {blob.seconds: blob for blob in a.blobs}
    pairs = [(there[blob.seconds], blob) for blob in b.blobs if blob.seconds in there]
    if len(pairs) < max(LEAST_BLOBS, 0.4 * min(len(a.blobs), len(b.blobs))):
        return False
    aside = np.array([one.x - other.x for one, other in pairs])
    gaps = np.array([apart(one, other) for one, other in pairs])
    return bool(np.abs(aside).max() < ALONG and median(gaps) < ALONG_GAP)


def without_parts(tracks: list[Track]) -> list[Track]:
    """The tracks without short ones that only accompany a longer one."""
    long = [t for t in tracks if t.seconds >= LONG_SECONDS]
    alone = [t for t in tracks if t not in long and not any(overlap(t, other) > 0.5 for other in long)]
    return sorted([t for t in long + alone if not is_twitch(t)], key=lambda t: t.first.seconds)


def is_twitch(track: Track) -> bool:
    """Whether something small only stirs in its place, for a moment or now and then: a leaf, a reflection."""
    across, down = (np.ptp([getattr(blob, axis) for blob in track.blobs]) for axis in ("x", "y"))
    spread = float(np.hypot(across, down))
    seen = len(track.blobs) * SAMPLE_SECONDS / (track.seconds + SAMPLE_SECONDS)
    brief = track.seconds < BRIEF_SECONDS and track.area < SMALL and spread < IN_PLACE
    return brief or (seen < OFTEN and track.area < TINY and spread < NEAR)


def overlap(a: Track, b: Track) -> float:
    """Share of a's time in which b moves as well."""
    common = min(a.last.seconds, b.last.seconds) - max(a.first.seconds, b.first.seconds)
    return common / a.seconds if a.seconds > 0 else float(common >= 0)


def fact_of(track: Track, shot: Shot) -> Fact:
    """One mover as a fact."""
    start, end = span_of(track, shot)
    best = max(track.blobs, key=lambda b: b.area)
    step = -(-len(track.blobs) // MOST_POINTS)
    kept = [*track.blobs[:-1:step], track.last]
    details: dict[str, object] = {
        "path": [[round(v, 4) for v in (b.seconds, b.x, b.y, b.width, b.height)] for b in kept],
        "size": round(track.area, 4),
        "enters": edge_of(track.blobs[:6][::-1]) if track.first.seconds - shot.start > 0.7 else None,
        "leaves": edge_of(track.blobs[-6:]) if shot.end - track.last.seconds > 0.7 else None,
        "direction": direction_of(track),
    }
    confidence = min(0.95, 0.5 + 0.03 * len(track.blobs))
    return Fact("mover", start, end, round(confidence, 3), best.seconds, details)


def span_of(track: Track, shot: Shot) -> tuple[float, float]:
    """When a track begins and ends, inside its shot."""
    begin = max(shot.start, track.first.seconds - BEFORE)
    return (shot.start if begin - shot.start < 0.4 else begin), min(shot.end, track.last.seconds + AFTER)


def edge_of(blobs: list[Blob]) -> str | None:
    """The side of the picture at which the last of some blobs is; of several, the one towards which they go."""
    last, first = blobs[-1], blobs[0]
    across, down = last.x - first.x, last.y - first.y
    sides = {
        "left": (last.x - last.width / 2, -across),
        "right": (1.0 - last.x - last.width / 2, across),
        "top": (last.y - last.height / 2, -down),
        "bottom": (1.0 - last.y - last.height / 2, down),
    }
    near = {side: towards - gap for side, (gap, towards) in sides.items() if gap < EDGE and towards >= -AWAY}
    return max(near, key=lambda side: near[side]) if near else None


def direction_of(track: Track) -> str | None:
    """Which way it goes, when it goes far enough."""
    few = max(1, len(track.blobs) // 8)
    begin, end = track.blobs[:few], track.blobs[-few:]
    across = float(np.mean([b.x for b in end]) - np.mean([b.x for b in begin]))
    down = float(np.mean([b.y for b in end]) - np.mean([b.y for b in begin]))
    if max(abs(across), abs(down)) < LEAST_WAY:
        return None
    if abs(across) >= abs(down):
        return "left to right" if across > 0 else "right to left"
    return "top to bottom" if down > 0 else "bottom to top"


def count_fact(tracks: list[Track], shot: Shot) -> Fact | None:
    """The most movers at once in a shot, when there is more than one, and when."""
    spans = [span_of(t, shot) for t in tracks if t.seconds >= LONG_SECONDS]
    most, best = 1, (0.0, 0.0)
    for moment in sorted(start for start, _ in spans):
        now = [(start, end) for start, end in spans if start <= moment < end]
        if len(now) > most:
            most, best = len(now), (moment, min(end for _, end in now))
    if most == 1:
        return None
    inside = [b.seconds for t in tracks for b in t.blobs if best[0] <= b.seconds <= best[1]]
    moment = inside[len(inside) // 2] if inside else best[0]
    return Fact("count", *best, 0.7, moment, {"count": most})
