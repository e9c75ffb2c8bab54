"""In: a model. Out: `Examination`, whether it really sees the order of frames, their times and small writing: it is
shown drawn pictures whose answers are known."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

import cv2
import numpy as np

from vidsense.language.model import LanguageModel, Picture, Prompt
from vidsense.language.reply import Manner, reply

SYSTEM = "You look at pictures and answer briefly and exactly. Before each picture stands its id."
COLOURS = {"red": (220, 40, 40), "green": (40, 170, 60), "blue": (50, 80, 220), "yellow": (235, 215, 50),
           "white": (245, 245, 245), "black": (10, 10, 10)}  # fmt: skip
HEIGHT, WIDTH = 252, 448
GREY = 128
TRIALS = 3
ANSWER_TOKENS = 120
LONGEST = 80
LETTER_SHARE = 0.05
"""Height of the small writing in shares of the picture: as on a sign across a yard."""


@dataclass(frozen=True)
class Finding:
    """One ability, and in how many trials it was there."""

    name: str
    right: int
    trials: int
    example: str
    """The first wrong answer, or nothing."""

    @property
    def is_there(self) -> bool:
        """Whether every trial went right: chance passes one, not all."""
        return self.right == self.trials


def examine(model: LanguageModel, *, seed: int = 0) -> Iterator[Finding]:
    """One ability after the other."""
    for name, trial in (("order of frames", order), ("which frames show it", moments), ("small writing", writing)):
        random = Random(f"{seed} {name}")
        answers = [trial(model, random) for _ in range(TRIALS)]
        wrong = [said for right, said in answers if not right]
        yield Finding(name, TRIALS - len(wrong), TRIALS, wrong[0] if wrong else "")


def order(model: LanguageModel, random: Random) -> tuple[bool, str]:
    """Whether the colours of four frames are told in their order."""
    colours = random.sample(list(COLOURS), 4)
    pictures = [square(COLOURS[colour], random) for colour in colours]
    choice = ", ".join(COLOURS)
    question = f"Each picture shows a square. Name the colours of the squares in the order of the pictures: {choice}?"
    said = asked(model, pictures, f"{question} Answer with four words.")
    told = [word for word in words_of(said) if word in COLOURS]
    return told == colours, f"{' '.join(colours)} was told as {brief(said)}"


def moments(model: LanguageModel, random: Random) -> tuple[bool, str]:
    """Whether the ids of the frames with a circle are told, and no others."""
    shown = sorted(random.sample(range(6), 2))
    pictures = [circle(random) if i in shown else empty() for i in range(6)]
    said = asked(model, pictures, "Some pictures show a white circle, the others are empty. Answer with the ids of the "
                 "pictures that show a circle, and nothing else.")  # fmt: skip
    told = {word for word in words_of(said) if word[:1] == "f" and word[1:].isdigit()}
    wanted = {f"f{i + 1:03d}" for i in shown}
    return told == wanted, f"{' '.join(sorted(wanted))} was told as {brief(said)}"


def writing(model: LanguageModel, random: Random) -> tuple[bool, str]:
    """Whether a small number in the picture is read."""
    number = str(random.randrange(1000, 9999))
    said = asked(model, [written(f"ROOM {number}")], "What is written in the picture? Answer with its words alone.")
    return number in words_of(said), f"ROOM {number} was told as {brief(said)}"


def asked(model: LanguageModel, pictures: list[np.ndarray], question: str) -> str:
    """The model's answer."""
    parts: list[str | Picture] = []
    for i, pixels in enumerate(pictures):
        id_ = f"f{i + 1:03d}"
        parts += [f"[{id_}]", Picture(id_, float(i), pixels)]
    return " ".join(reply(model, Prompt(SYSTEM, (*parts, question)), Manner(ANSWER_TOKENS)).text.split())


def brief(said: str) -> str:
    """The beginning of an answer, enough to see what is wrong with it."""
    return repr(said if len(said) <= LONGEST else f"{said[:LONGEST]} …")


def words_of(text: str) -> list[str]:
    """Words and numbers in small letters."""
    return "".join(c if c.isalnum() else " " for c in text.lower()).split()


def empty() -> np.ndarray:
    """A grey picture."""
    return np.full((HEIGHT, WIDTH, 3), GREY, np.uint8)


def square(colour: tuple[int, int, int], random: Random) -> np.ndarray:
    """A square somewhere."""
    pixels, side = empty(), HEIGHT // 2
    x, y = random.randrange(WIDTH - side), random.randrange(HEIGHT - side)
    pixels[y : y + side, x : x + side] = colour
    return pixels


def circle(random: Random) -> np.ndarray:
    """A white circle somewhere."""
    pixels, radius = empty(), HEIGHT // 6
    centre = random.randrange(radius, WIDTH - radius), random.randrange(radius, HEIGHT - radius)
    return np.asarray(cv2.circle(pixels, centre, radius, (250, 250, 250), -1, cv2.LINE_AA), np.uint8)


def written(text: str) -> np.ndarray:
    """Small dark letters on a light sign."""
    pixels = np.full((2 * HEIGHT, 2 * WIDTH, 3), 225, np.uint8)
    scale = LETTER_SHARE * 2 * HEIGHT / 22.0  # OpenCV's letters are 22 px high at scale 1
    cv2.putText(pixels, text, (WIDTH, HEIGHT), cv2.FONT_HERSHEY_SIMPLEX, scale, (20, 20, 20), 2, cv2.LINE_AA)
    return pixels
