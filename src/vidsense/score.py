"""In: answers, right or wrong. Out: `Score`, their share and where the true share lies."""

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

NORMAL_95 = 1.96


@dataclass(frozen=True)
class Score:
    """So many of so many answers right."""

    right: int
    asked: int
    worth: float | None = None
    """How many independent answers they are worth; None: each of them is independent of the others."""

    @property
    def share(self) -> float:
        """The share that is right."""
        return self.right / max(self.asked, 1)

    @property
    def interval(self) -> tuple[float, float]:
        """Where the true share lies with 95 % (Wilson, 1927: also right near 0 and 1).

        >>> [round(x, 3) for x in Score(95, 100).interval]
        [0.888, 0.978]
        """
        n, p, z = max(self.asked if self.worth is None else self.worth, 1), self.share, NORMAL_95
        middle = (p + z * z / (2 * n)) / (1 + z * z / n)
        half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        return max(middle - half, 0.0), min(middle + half, 1.0)


def score_of(answers: Iterable[tuple[str, bool]]) -> Score:
    """The score of answers, each with the name of its video: those about one video are not independent.

    They are worth as many independent answers as give the same variance (the design effect of Kish, 1965, estimated
    between videos), and never more than there are. Three videos, each all right or all wrong, are worth three answers:

    >>> round(score_of([(video, video != "c") for video in "abc" for _ in range(10)]).worth, 6)
    3.0
    """
    groups: dict[str, list[bool]] = defaultdict(list)
    for video, is_right in answers:
        groups[video].append(is_right)
    right, asked = sum(sum(group) for group in groups.values()), sum(len(group) for group in groups.values())
    return Score(right, asked, independent(list(groups.values()), right, asked))


def independent(groups: list[list[bool]], right: int, asked: int) -> float:
    """How many independent answers these are worth."""
    count = len(groups)
    if count < 2 or right in (0, asked):
        return float(count)
    share = right / asked
    spread = sum((sum(group) - share * len(group)) ** 2 for group in groups)
    return min(share * (1 - share) * asked**2 / spread, float(asked)) if spread else float(asked)


def is_exact(said: str, answer: str, accepted: Iterable[str] = ()) -> bool:
    """Whether it equals the answer or an accepted wording; capitals and a full stop do not count.

    >>> is_exact("A dog.", "a dog"), is_exact("I see a dog", "a dog")
    (True, False)
    """
    return plain(said) in {plain(words) for words in (answer, *accepted)}


def plain(words: str) -> str:
    """Without capitals and full stop."""
    return words.strip().rstrip(".").lower()
