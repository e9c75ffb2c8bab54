"""In: pieces. Out: short films whose joins are known, with a lure in every shot."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from lures import FOR_SLIDES, FOR_THE_DARK, GONE_FOR_LONG, LURES, MOVING_CAMERA, SIZE
from material import FOREVER, FRAME_RATE, PIECE_SIZE, Piece, pieces
from vidsense.source.synthetic import (
    Drawing,
    View,
    cut,
    dissolve,
    fade_in,
    fade_out,
    plain,
    slide,
    still,
    with_gain,
    write_video,
)

FREE = {"cut": 60, "cut with a blended frame": 30, "dissolve": 45, "fade out and in": 15}
"""Joins between any two pieces, and how many of 50 films' 150: the first, third and fifth of each film."""
BOUND = {"same scene, reframed": 35, "cut in the dark": 25, "small slide change": 25, "short shot between (A-B-A)": 15}
"""Joins whose two sides belong together: the second and fourth of each film."""
EDGES = {"fade in": 10, "fade out": 10, "": 30}
LEAST_DIFFERENCE = 15.0
"""Mean difference, of 255, of the pictures on both sides of a join; of neighbouring shots in the dark a fifth."""
CALM_SECONDS = 0.52
"""At both ends of a shot, before and after its lure."""
WHOLE = View(PIECE_SIZE[1] / 2, PIECE_SIZE[0] / 2, SIZE[1] / PIECE_SIZE[1])
HEADINGS = ["What we measured", "What we saw", "Open questions", "Next steps", "Summary", "Results of May", "Method"]
BULLETS = ["Two sites, ten days", "Costs fell by 4 %", "Ask the users first", "Wind from the west", "Sensor B is late",
           "More rain than usual", "Repeat in autumn", "No change at night", "Thanks to everybody"]  # fmt: skip


@dataclass(frozen=True)
class Known:
    """A transition that is there, or a span in which something only looks like one."""

    start: float
    end: float
    kind: str
    """What was drawn."""
    transition: str = ""
    """"cut", "fade in", "fade out" or "dissolve"; nothing for a lure."""


@dataclass(frozen=True)
class Film:
    """A file and all that is known of it."""

    path: Path
    joins: tuple[Known, ...]
    shots: tuple[Known, ...]
    """What is drawn in each shot, from join to join."""


@dataclass(frozen=True, eq=False)
class Shot:
    """A part of a film before it is joined."""

    drawing: Drawing
    lure: str
    piece: Piece
    insert: Drawing | None = None
    """What is shown for a moment just before."""


class Director:
    """Makes films, one after the other, from one seed."""

    def __init__(self, material: list[Piece], seed: int, films: int) -> None:
        self.material, self.rng, self.films = material, np.random.default_rng(seed), films
        self.free, self.bound = self._shuffled(FREE, 3 * films), self._shuffled(BOUND, 2 * films)
        self.edges = self._shuffled(EDGES, films)
        self.lures = dict.fromkeys(LURES, 0)

    def _shuffled(self, shares: dict[str, int], count: int) -> list[str]:
        kinds = [kind for kind, share in shares.items() for _ in range(share)]
        repeated = kinds * -(-count // len(kinds))
        return [repeated[i] for i in self.rng.permutation(len(repeated))[:count]]

    def film(self, number: int) -> tuple[Drawing, list[Known], list[Known]]:
        """The picture, the joins and the shots of one film."""
        edge = self.edges[number]
        free, bound = self.free[3 * number :][:3], self.bound[2 * number :][:2]
        kinds, lures = [free[0], bound[0], free[1], bound[1], free[2]], dict(self.lures)
        while True:
            self.lures = dict(lures)
            shots = self._shots(kinds)
            reel = Reel(shots[0], self.rng, fades=edge == "fade in")
            for kind, shot in zip(kinds, shots[1:], strict=True):
                reel.join(kind, shot)
            if edge == "fade out":
                reel.fade_out()
            if all(is_seen(reel.drawing, join) for join in reel.joins):
                return reel.drawing, reel.joins, reel.shots

    def _shots(self, kinds: list[str]) -> list[Shot]:
        """One more than joins; the two sides of a bound join are made together."""
        shots = [self._shot(self._piece(None), WHOLE)]
        for i in (1, 3):
            left, right = self._pair(kinds[i], shots[-1].piece)
            shots += [left, right]
        return [*shots, self._shot(self._piece(shots[-1].piece), WHOLE)]

    def _pair(self, kind: str, other: Piece) -> tuple[Shot, Shot]:
        if kind == "small slide change":
            return self._slides()
        if kind == "same scene, reframed":
            first = self._piece(other, moving=True)
            near = [p for p in self.material if p.video == first.video and abs(p.at - first.at) > 1]
            second = near[int(self.rng.integers(len(near)))] if near else first
            return self._shot(first, WHOLE, without=MOVING_CAMERA), self._shot(second, self._nearer(), MOVING_CAMERA)
        first = self._piece(other)
        second = self._piece(first)
        if kind == "cut in the dark":
            gain = float(self.rng.uniform(0.1, 0.25))
            dark = [self._shot(piece, WHOLE, without=set(LURES) - FOR_THE_DARK) for piece in (first, second)]
            left, right = (replace(s, drawing=with_gain(s.drawing, lambda _: gain)) for s in dark)
            return left, right
        before = self._shot(first, WHOLE, without=MOVING_CAMERA)
        onward = before.drawing.duration_seconds + 0.5
        after = replace(first, drawing=replace(first.drawing, paint=lambda t: first.drawing.paint(onward + t)))
        insert = LURES["nothing at all"](second.drawing, WHOLE, 0.0, 0.0, self.rng)
        return before, replace(self._shot(after, WHOLE, without=MOVING_CAMERA), insert=insert)

    def _nearer(self) -> View:
        """A closer look at some part of the scene that is off its middle."""
        zoom = float(self.rng.uniform(1.0, 1.4))
        (height, width), (high, wide) = PIECE_SIZE, (SIZE[0] / zoom, SIZE[1] / zoom)
        x = self.rng.choice([wide / 2, width - wide / 2])
        return View(float(x), float(self.rng.uniform(high / 2, height - high / 2)), zoom)

    def _piece(self, other: Piece | None, *, moving: bool = False) -> Piece:
        """One of another video, neither dark nor empty."""
        while True:
            videos = sorted({p.video for p in self.material if p.moving or not moving})
            video = videos[int(self.rng.integers(len(videos)))]
            some = [p for p in self.material if p.video == video]
            piece = some[int(self.rng.integers(len(some)))]
            picture, another = piece.drawing.paint(0.5), other is None or piece.video != other.video
            if another and picture.std() > 22 and 45 < picture.mean() < 210:
                return piece

    def _lure(self, without: set[str]) -> str:
        """One of the kinds that were drawn least often so far."""
        able = [kind for kind in LURES if kind not in without]
        least = min(self.lures[kind] for kind in able)
        chosen = self.rng.choice([kind for kind in able if self.lures[kind] <= least])
        self.lures[str(chosen)] += 1
        return str(chosen)

    def _shot(self, piece: Piece, view: View, without: set[str] | None = None) -> Shot:
        lure = self._lure((without or set()) | (GONE_FOR_LONG if piece.moving else set()))
        seconds = float(self.rng.uniform(1.2, 3.0) if lure == "nothing at all" else self.rng.uniform(2.2, 3.0))
        drawing = LURES[lure](piece.drawing, view, CALM_SECONDS, seconds - CALM_SECONDS, self.rng)
        return Shot(replace(drawing, duration_seconds=whole_frames(seconds), joins=()), lure, piece)

    def _slides(self) -> tuple[Shot, Shot]:
        """Two pages that differ in the heading and one or two of four points."""
        heading, other = self.rng.choice(HEADINGS, 2, replace=False).tolist()
        points = self.rng.choice(BULLETS, 6, replace=False).tolist()
        changed, count = points[:4], int(self.rng.integers(1, 3))
        for i, point in zip(self.rng.choice(4, count, replace=False).tolist(), points[4:], strict=False):
            changed[i] = point
        inverted, made = bool(self.rng.random() < 0.4), []
        for title, lines in ((heading, points[:4]), (other, changed)):
            page = slide(PIECE_SIZE, title, tuple(lines))
            drawing = still(255 - page if inverted else page, FOREVER, frame_rate=FRAME_RATE)
            made.append(self._shot(Piece("slides", 0.0, drawing, False), WHOLE, set(LURES) - FOR_SLIDES))
        return made[0], made[1]


class Reel:
    """A film that grows shot by shot."""

    def __init__(self, first: Shot, rng: np.random.Generator, *, fades: bool) -> None:
        self.rng, self.drawing = rng, first.drawing
        self.joins: list[Known] = []
        if fades:
            seconds = self._seconds(0.3, 2.0)
            self.drawing = fade_in(later(first.drawing, seconds), seconds, self._colour(first.drawing.paint(0.0)))
            self.joins.append(Known(0.0, seconds, "fade in", "fade in"))
        self.shots = [Known(0.0, self.drawing.duration_seconds, first.lure)]

    def _seconds(self, least: float, most: float) -> float:
        return whole_frames(float(self.rng.uniform(least, most)))

    def _colour(self, picture: np.ndarray) -> tuple[int, int, int]:
        """Mostly black, else white; whichever differs enough."""
        white = self.rng.random() < 0.3 or picture.mean() < 40
        return (255, 255, 255) if white and picture.mean() < 170 else (0, 0, 0)

    def join(self, kind: str, shot: Shot) -> None:
        """Add a shot behind."""
        if kind == "dissolve":
            self._dissolve(shot)
        elif kind == "fade out and in":
            self._fade_over(kind, shot)
        else:
            self._cut(kind, shot)
        self.shots.append(Known(self.shots[-1].end, self.drawing.duration_seconds, shot.lure))

    def _dissolve(self, shot: Shot) -> None:
        seconds, start = self._seconds(0.3, 2.0), self.drawing.duration_seconds
        self._lengthen(seconds)
        self.drawing = dissolve(self.drawing, later(shot.drawing, seconds), seconds)
        self.joins.append(Known(start, start + seconds, "dissolve", "dissolve"))

    def _fade_over(self, kind: str, shot: Shot) -> None:
        colour = self.fade_out(kind)
        seconds = self._seconds(0.3, 2.0)
        hold = plain(SIZE, self._seconds(0.12, 0.6), colour, frame_rate=FRAME_RATE)
        start = self.drawing.duration_seconds + hold.duration_seconds
        self.drawing = cut(self.drawing, hold, fade_in(later(shot.drawing, seconds), seconds, colour))
        self.joins.append(Known(start, start + seconds, kind, "fade in"))

    def _cut(self, kind: str, shot: Shot) -> None:
        at, frame = self.drawing.duration_seconds, 1 / FRAME_RATE
        if shot.insert is not None:
            self.drawing = cut(self.drawing, replace(shot.insert, duration_seconds=self._seconds(0.24, 1.0)))
            self.joins.append(Known(at, at, kind, "cut"))
            at = self.drawing.duration_seconds
        if kind == "cut with a blended frame":
            share = float(self.rng.uniform(0.3, 0.7))
            mixed = cv2.addWeighted(self.drawing.paint(at - frame), 1 - share, shot.drawing.paint(0.0), share, 0)
            self.drawing = cut(self.drawing, still(mixed, frame, frame_rate=FRAME_RATE))
        self.joins.append(Known(at, self.drawing.duration_seconds, kind, "cut"))
        self.drawing = cut(self.drawing, shot.drawing)

    def _lengthen(self, seconds: float) -> None:
        """Let the last shot go on, so that what happens in it is over when the join begins."""
        long = self.drawing.duration_seconds + seconds
        self.drawing = replace(self.drawing, duration_seconds=long)
        self.shots[-1] = replace(self.shots[-1], end=long)

    def fade_out(self, kind: str = "fade out") -> tuple[int, int, int]:
        """Let the last shot go to one colour."""
        seconds = self._seconds(0.3, 2.0)
        self._lengthen(seconds)
        end = self.drawing.duration_seconds
        colour = self._colour(self.drawing.paint(end - 1 / FRAME_RATE))
        self.drawing = fade_out(self.drawing, seconds, colour)
        self.joins.append(Known(end - seconds, end, kind, "fade out"))
        return colour


def later(drawing: Drawing, seconds: float) -> Drawing:
    """The drawing after some more seconds, in which its calm beginning goes back and forth."""

    def paint(time: float) -> np.ndarray:
        early = seconds - time
        back = early % 1.0 if early > 0 else 0.0
        return drawing.paint(min(back, 1.0 - back) if early > 0 else -early)

    return replace(drawing, paint=paint, duration_seconds=drawing.duration_seconds + seconds)


def is_seen(drawing: Drawing, join: Known) -> bool:
    """Whether the pictures before and after a join differ enough to speak of one."""
    least = {"small slide change": 0.5, "cut in the dark": 3.0}.get(join.kind, LEAST_DIFFERENCE)
    before = drawing.paint(max(0.0, join.start - 1 / FRAME_RATE))
    after = drawing.paint(min(join.end, drawing.duration_seconds - 1 / FRAME_RATE))
    return float(cv2.absdiff(before, after).mean()) >= least


def whole_frames(seconds: float) -> float:
    """To the nearest frame."""
    return round(round(seconds * FRAME_RATE) / FRAME_RATE, 4)


def films(folder: Path, *, seed: int, count: int) -> list[Film]:
    """Drawn and written into the folder, or read from there when they were written before."""
    known = folder / f"known-{seed}-{count}.json"
    if not known.exists():
        rows = [asdict(film) | {"path": film.path.name} for film in written(folder, seed, count)]
        known.write_text(json.dumps(rows, indent=1), encoding="utf-8")
    rows = json.loads(known.read_text(encoding="utf-8"))
    return [
        Film(folder / row["path"], *(tuple(Known(**one) for one in row[name]) for name in ("joins", "shots")))
        for row in rows
    ]


def written(folder: Path, seed: int, count: int) -> Iterator[Film]:
    director = Director(pieces(seed), seed, count)
    for number in range(count):
        drawing, joins, shots = director.film(number)
        options = {"preset": "veryfast", "crf": "30" if number % 2 else "23"}
        path = write_video(drawing, folder / f"film-{seed}-{number:03d}.mp4", options=options)
        yield Film(path, tuple(joins), tuple(shots))
