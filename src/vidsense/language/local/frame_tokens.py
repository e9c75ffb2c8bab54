"""In: how many frames there are, and what one may cost. Out: `FrameTokens`, how many tokens each of them gets."""

from dataclasses import dataclass


@dataclass(frozen=True)
class FrameTokens:
    """A few frames with all their tokens and the others with hardly any, in place of all with a few.

    The slow and the fast path of SlowFast-LLaVA (arXiv 2407.15841), which trains nothing for it. There the two stand
    one behind the other; here every frame stays at its place, behind the text that names it.
    """

    whole: int
    """The side of the square of tokens that the tower makes of a frame."""
    fast: int
    """The side of what is left of it in most frames."""
    average: int
    """Tokens that a frame costs in the mean, at most: so many frames cost never more than so many times this."""

    def __post_init__(self) -> None:
        if not 0 < self.fast**2 <= self.average <= self.whole**2:
            raise ValueError(f"a frame costs from fast² to whole² tokens, got {self}")

    def slow(self, count: int) -> list[int]:
        """Which of `count` frames keep all: the first, then evenly on, as many as can be paid.

        >>> FrameTokens(whole=24, fast=4, average=128).slow(16)
        [0, 5, 10]
        """
        paid = count * (self.average - self.fast**2) // max(1, self.whole**2 - self.fast**2)
        return [i * count // paid for i in range(paid)]

    def sides(self, count: int) -> list[int]:
        """The side of the square of tokens of each frame; too few for a slow one share evenly, in even cells.

        >>> FrameTokens(whole=24, fast=4, average=64).sides(12)
        [24, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4]
        >>> FrameTokens(whole=24, fast=4, average=64).sides(3)
        [8, 8, 8]
        """
        slow = set(self.slow(count))
        even = [side for side in range(1, self.whole + 1) if self.whole % side == 0 and side**2 <= self.average]
        rest = self.fast if slow else even[-1]
        return [self.whole if at in slow else rest for at in range(count)]
