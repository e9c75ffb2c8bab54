"""Numbers that come one by one and are wanted as one array: compact, so that hours of video stay small in memory.

And what a share of them lies below: NumPy's own `quantile` and `median` take longer, and import its masked arrays.
"""

import numpy as np
from numpy.typing import DTypeLike


class Series:
    """A growing array.

    >>> series = Series(np.float32)
    >>> for x in (1, 2, 3): series.append(x)
    >>> series.array.tolist()
    [1.0, 2.0, 3.0]
    """

    def __init__(self, dtype: DTypeLike, shape: tuple[int, ...] = ()) -> None:
        self._rows = np.zeros((256, *shape), dtype)
        self._length = 0

    def append(self, row: float | np.ndarray) -> None:
        """Add one row at the end."""
        if self._length == len(self._rows):
            self._rows = np.concatenate([self._rows, np.zeros_like(self._rows[: max(256, self._length // 4)])])
        self._rows[self._length] = row
        self._length += 1

    def __len__(self) -> int:
        return self._length

    @property
    def array(self) -> np.ndarray:
        """(n, …) a view of what has come so far."""
        return self._rows[: self._length]


def median(values: np.ndarray) -> float:
    """The one in the middle, or the mean of the two there, of one or more numbers of any shape.

    >>> median(np.array([4.0, 1.0, 3.0, 2.0])), median(np.array([9, 1, 5]))
    (2.5, 5.0)
    """
    return quantile(values, 0.5)


def quantile(values: np.ndarray, share: float) -> float:
    """What this share of one or more numbers lies below; straight between two of them.

    >>> quantile(np.array([10.0, 0.0, 20.0]), 0.75)
    15.0
    """
    if values.size == 0:
        raise ValueError("no numbers have no quantile")
    at = share * (values.size - 1)
    low, high = int(at), min(int(at) + 1, values.size - 1)
    ordered = np.sort(values, axis=None)  # with the many equal values of pictures quicker than a partition
    below, above = float(ordered[low]), float(ordered[high])
    return below + (at - low) * (above - below)
