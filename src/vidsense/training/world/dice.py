"""In: a key. Out: choices that the same key repeats for ever, on every machine."""

import random
from collections.abc import Sequence
from hashlib import sha256
from typing import TypeVar

T = TypeVar("T")


class Dice:
    """Choices of one clip. Each part of a clip has dice of its own, so that a change in one part moves no other.

    Only `Random.random` is used: of Python's generators it alone is promised never to change.
    """

    def __init__(self, *key: object) -> None:
        self.key = key
        self._random = random.Random("/".join(map(str, key))).random

    def named(self, name: str) -> "Dice":
        """Dice of their own for one part."""
        return Dice(*self.key, name)

    def share(self) -> float:
        """At least 0, below 1."""
        return self._random()

    def between(self, low: float, high: float) -> float:
        """Evenly from `low` to `high`."""
        return low + (high - low) * self._random()

    def chance(self, probability: float) -> bool:
        """True with this probability."""
        return self._random() < probability

    def pick(self, options: Sequence[T]) -> T:
        """One of them."""
        return options[int(self._random() * len(options))]

    def weighted(self, options: Sequence[T], weights: Sequence[float]) -> T:
        """One of them, by weight."""
        left = self._random() * sum(weights)
        for option, weight in zip(options, weights, strict=True):
            left -= weight
            if left < 0:
                return option
        return options[-1]

    def shuffled(self, options: Sequence[T]) -> list[T]:
        """All of them in another order."""
        return [option for _, _, option in sorted((self._random(), i, option) for i, option in enumerate(options))]


def fixed_number(*key: object) -> int:
    """A large number that belongs to this key for ever: it decides what is kept from training."""
    return int.from_bytes(sha256("/".join(map(str, key)).encode()).digest()[:6], "big")
