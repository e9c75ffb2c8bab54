"""In: a seed and a split. Out: a `WorldClip`, its frames and labels, also backwards and out of order."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal

import numpy as np

from vidsense.source.synthetic import Drawing
from vidsense.training.world.backwards import backwards
from vidsense.training.world.pen import Box
from vidsense.training.world.questions import Question, ask_all, caption
from vidsense.training.world.render import Picture
from vidsense.training.world.story import Story
from vidsense.training.world.thing import Thing
from vidsense.training.world.words import sentence

Order = Literal["forward", "reversed", "shuffled"]
ORDERS: dict[str, Order] = {"forward": "forward", "reversed": "reversed", "shuffled": "shuffled"}
FRAME_RATE = 25.0
HEIGHT = 480
BOX_TIMES = 12
"""At how many times a clip's boxes are told."""
SEEN_AREA = 0.002
"""The share of the picture from which on a thing counts as visible."""


@dataclass(frozen=True, eq=False)
class WorldClip:
    """One drawn clip: a formula for its frames and everything that is true of it."""

    story: Story
    order: Order = "forward"

    @property
    def duration_seconds(self) -> float:
        """How long it is."""
        return self.story.duration_seconds

    def story_time(self, seconds: float) -> float:
        """The moment of the story that is shown at this time of the clip."""
        count = self._frame_count()
        index = min(int(seconds * FRAME_RATE + 1e-6), count - 1)
        if self.order == "reversed":
            return (count - 1 - index) / FRAME_RATE
        if self.order == "shuffled":
            return float(self._permutation[index]) / FRAME_RATE
        return seconds

    def _frame_count(self) -> int:
        return max(round(self.duration_seconds * FRAME_RATE), 1)

    @cached_property
    def _permutation(self) -> list[int]:
        return self.story.dice.named("shuffled").shuffled(range(self._frame_count()))

    def drawing(self, height: int = HEIGHT) -> Drawing:
        """The clip as a `Drawing`, which can be written as a video."""
        picture = Picture(self.story, height)
        size = (picture.height, picture.width)
        return Drawing(size, FRAME_RATE, self.duration_seconds, lambda t: picture.at(self.story_time(t))[0])

    def frames(self, count: int, height: int) -> tuple[np.ndarray, list[dict[str, Box]], np.ndarray]:
        """(T, H, W, 3) uint8 spread evenly over the clip, the boxes of each, and (T,) its seconds."""
        picture = Picture(self.story, height)
        times = (np.arange(count) + 0.5) / count * self.duration_seconds
        drawn = [picture.at(self.story_time(float(t))) for t in times]
        return np.stack([pixels for pixels, _ in drawn]), [boxes for _, boxes in drawn], times

    @cached_property
    def boxes(self) -> list[tuple[float, dict[str, Box]]]:
        """Where everything is at some times, in shares of the picture."""
        picture = Picture(self.story, 48)
        times = [round((i + 0.5) / BOX_TIMES * self.duration_seconds, 2) for i in range(BOX_TIMES)]
        return [(t, picture.boxes_at(self.story_time(t))) for t in times]

    @property
    def visible(self) -> list[Thing]:
        """What is seen at any time."""
        return [
            thing for thing in self.story.things if any(area(boxes[thing.name]) > SEEN_AREA for _, boxes in self.boxes)
        ]

    @cached_property
    def told(self) -> Story:
        """The story as this copy shows it; a shuffled copy is asked what the clip in its order is asked."""
        if self.order != "reversed":
            return self.story
        return replace(self.story, events=backwards(self.story.events, self.duration_seconds))

    @property
    def questions(self) -> list[Question]:
        """Every kind of question that it answers."""
        return ask_all(self.told, self.visible)

    def labels(self) -> dict[str, Any]:
        """What is true of it, as it is written beside the video.

        In a shuffled copy each event is spread over the whole clip.
        """
        kinds = {thing.name: thing.kind for thing in self.story.things}
        whole = self.order == "shuffled"
        return {
            "seed": self.story.seed,
            "split": self.story.split,
            "caption": caption(self.told),
            "things": [self._thing(thing) for thing in self.visible],
            "events": [
                {
                    "start": 0.0 if whole else event.start,
                    "end": self.duration_seconds if whole else event.end,
                    "text": sentence(event, kinds),
                }
                for event in self.told.events
            ],
            "questions": [
                {"question": q.question, "answer": q.answer, "accepted": list(q.accepted)} for q in self.questions
            ],
        }

    def _thing(self, thing: Thing) -> dict[str, Any]:
        places = [
            [t, *(round(side, 4) for side in boxes[thing.name])]
            for t, boxes in self.boxes
            if area(boxes[thing.name]) > SEEN_AREA
        ]
        return {"name": thing.name, "what": thing.kind, "colour": thing.look.colour or None, "boxes": places}


def area(box: Box) -> float:
    """The share of the picture."""
    return (box[2] - box[0]) * (box[3] - box[1])
