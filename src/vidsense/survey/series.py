"""Numbers that come one by one and are wanted as one array: compact, so that hours of video stay small in memory."""

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
