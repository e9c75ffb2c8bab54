"""Does a question find a short event in a long video? Prints a Markdown table.

    python benchmarks/selection.py [--nano FOLDER] [--keep FOLDER] [--frames 8] [--videos 12] [--first-seed 0]

Long drawn videos (60 to 120 s) of a scene, in each of which one kind of thing is to be seen once, for 2 to 4 s. In
every other video a fixed camera looks at one place all the time, and the thing is suddenly there; the others are joined
of many clips with a cut between any two. They are asked "When is a cat there?", and eight frames are picked: by the
question (`account/about.py`, nano's towers), adaptively, and evenly. A pick hits when a frame shows the thing. Looks
are those of the split "looks", which training never has.
"""

import argparse
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

import numpy as np

from vidsense.account.about import clip_about
from vidsense.account.looks import Looks
from vidsense.frames.budget import FrameBudget
from vidsense.frames.sampling import choose_frames
from vidsense.score import Score
from vidsense.source.file import open_video
from vidsense.source.synthetic import Drawing, cut, write_video
from vidsense.survey.survey import survey_video
from vidsense.training.world.clip import SEEN_AREA, WorldClip, area
from vidsense.training.world.dice import Dice
from vidsense.training.world.render import Picture
from vidsense.training.world.story import Story, tell
from vidsense.training.world.words import a
from vidsense.vision.load import load_encoder

SPLIT = "looks"
HEIGHT, FRAME_RATE = 240, 12.5
SOUGHT = (
    ("dog", "yard"), ("cat", "room"), ("bird", "street"), ("car", "street"), ("bicycle", "yard"),
    ("door", "street"), ("ball", "room"), ("parcel", "yard"), ("cup", "table"), ("glass", "table"),
    ("bottle", "table"), ("chair", "room"),
)  # fmt: skip
"""What is to be seen once, and in which scene."""
SHORTEST, LONGEST = 2.0, 4.0
"""Seconds of the event."""


@dataclass(frozen=True)
class Film:
    """A long video, and when the one event is."""

    kind: str
    camera: str
    path: Path
    seconds: float
    start: float
    end: float

    @property
    def question(self) -> str:
        return f"When is {a(self.kind)} there?"

    def is_hit(self, times: list[float]) -> bool:
        return any(self.start <= time < self.end for time in times)


def film(number: int, seed: int, folder: Path) -> Film:
    """The video of a number; the same for the same seed."""
    kind, scene = SOUGHT[number % len(SOUGHT)]
    dice = Dice("selection", seed, number)
    seconds = dice.between(60.0, 120.0)
    at = dice.between(0.1, 0.85) * seconds
    make = fixed if number % 2 else joined
    drawing, start, end = make(kind, scene, seconds, at, seed * 10_000 + 500 * number)
    path = folder / f"{seed}-{number:02d}-{kind}.mp4"
    if not path.exists():
        write_video(drawing, path)
    return Film(kind, "fixed camera" if number % 2 else "cuts", path, drawing.duration_seconds, start, end)


def joined(kind: str, scene: str, seconds: float, at: float, first: int) -> tuple[Drawing, float, float]:
    """Many clips of a scene with a cut between any two; in one of them is the thing."""
    without = (s for s in stories(scene, first) if kind not in kinds_of(s))
    parts: list[Drawing] = []
    start = end = 0.0
    while total(parts) < seconds:
        if not end and total(parts) >= at:
            event = next(s for s in stories(scene, first) if kind in kinds_of(s) and is_short(s, kind))
            start = total(parts)
            parts.append(drawn(event))
            end = total(parts)
        else:
            parts.append(drawn(next(without)))
    return cut(*parts), start, end


def fixed(kind: str, scene: str, seconds: float, at: float, first: int) -> tuple[Drawing, float, float]:
    """One place in which the same happens, and happens backwards, again and again; once the thing is there too."""
    story = next(s for s in stories(scene, first) if kind not in kinds_of(s))
    guest, pose = next(
        (thing, s.poses[thing.name])
        for s in stories(scene, first)
        for thing in s.things
        if thing.kind == kind and is_still(s, thing.name) and 0.15 < s.poses[thing.name].x < 1.15
    )
    guest = replace(guest, name=f"{kind} seen once")
    with_guest = replace(story, things=(*story.things, guest), poses={**story.poses, guest.name: pose})
    plain, other = Picture(story, HEIGHT), Picture(with_guest, HEIGHT)
    lasting = Dice("selection", first).between(SHORTEST, LONGEST)
    start, end = round(at * FRAME_RATE) / FRAME_RATE, round((at + lasting) * FRAME_RATE) / FRAME_RATE

    def paint(time: float) -> np.ndarray:
        there = start - 1e-6 <= time < end - 1e-6
        swing = time % (2 * story.duration_seconds)
        return (other if there else plain).at(min(swing, 2 * story.duration_seconds - swing))[0]

    return Drawing((plain.height, plain.width), FRAME_RATE, round(seconds * FRAME_RATE) / FRAME_RATE, paint), start, end


def stories(scene: str, first: int):
    return (story for seed in count(first) if (story := tell(seed, SPLIT)).scene == scene)


def kinds_of(story: Story) -> set[str]:
    return {thing.kind for thing in story.things}


def is_short(story: Story, kind: str) -> bool:
    """Whether the clip lasts no longer than an event may, with the thing in sight nearly all the time."""
    names = [thing.name for thing in story.things if thing.kind == kind]
    seen = [any(area(boxes[name]) > SEEN_AREA for name in names) for _, boxes in WorldClip(story).boxes]
    return SHORTEST <= story.duration_seconds <= LONGEST and np.mean(seen) > 0.8


def is_still(story: Story, name: str) -> bool:
    return not any(name in (event.actor, event.target) for event in story.events) and not story.poses[name].held_by


def drawn(story: Story) -> Drawing:
    picture = Picture(story, HEIGHT)
    lasting = round(story.duration_seconds * FRAME_RATE) / FRAME_RATE
    return Drawing((picture.height, picture.width), FRAME_RATE, lasting, lambda t: picture.at(t)[0])


def total(parts: list[Drawing]) -> float:
    return sum(part.duration_seconds for part in parts)


def picks(one: Film, encoder, frames: int) -> dict[str, list[float]]:
    """The times that each way picks."""
    with open_video(one.path) as stream:
        survey = survey_video(stream)
    budget = FrameBudget(frames)
    ways: dict[str, Callable[[], list[float]]] = {
        "question": lambda: clip_about(survey, Looks(one.path, encoder), one.question, budget).pts_seconds,
        "adaptive": lambda: choose_frames(survey, "adaptive", budget).pts_seconds,
        "uniform": lambda: choose_frames(survey, "uniform", budget).pts_seconds,
    }
    return {name: way() for name, way in ways.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nano", default="nano", help="a folder as `vidsense train export` writes it")
    parser.add_argument("--keep", type=Path, help="keep the videos here, for the next time")
    parser.add_argument("--frames", type=int, default=8)
    parser.add_argument("--videos", type=int, default=len(SOUGHT))
    parser.add_argument("--first-seed", type=int, default=0)
    told = parser.parse_args()
    encoder = load_encoder(told.nano)
    print(f"| seconds | camera | asked for | from | to | question {told.frames} | adaptive | uniform |")
    print("|---|---|---|---|---|---|---|---|")
    hits: dict[str, list[bool]] = {"question": [], "adaptive": [], "uniform": []}
    with tempfile.TemporaryDirectory() as folder:
        (told.keep or Path(folder)).mkdir(parents=True, exist_ok=True)
        for number in range(told.videos):
            seed = told.first_seed + number // len(SOUGHT)
            one = film(number, seed, told.keep or Path(folder))
            found = {way: one.is_hit(times) for way, times in picks(one, encoder, told.frames).items()}
            for way, is_hit in found.items():
                hits[way].append(is_hit)
            cells = " | ".join("hit" if found[way] else "-" for way in hits)
            print(
                f"| {one.seconds:.0f} | {one.camera} | {one.kind} | {one.start:.1f} | {one.end:.1f} | {cells} |",
                flush=True,
            )
    scores = {way: Score(sum(each), len(each)) for way, each in hits.items()}
    for way, score in scores.items():
        low, high = score.interval
        print(f"\n{way}: {score.right} of {score.asked} events hit, {score.share:.2f} ({low:.2f} to {high:.2f})")


if __name__ == "__main__":
    main()
