"""In: vectors that come one by one. Out: how far each lies on the way from one to the newest.

What fades and dissolves are read from: a frame between is A + α(B − A).
"""

import numpy as np


class Mixtures:
    """Vectors of recent samples and their dot products, from which any window's mixture follows at once."""

    def __init__(self, width: int, capacity: int = 256, reach: int = 96) -> None:
        self.reach = reach
        """How many samples back a window may begin."""
        self.vectors = np.zeros((capacity, width), np.float32)
        self.products = np.zeros((capacity, capacity))
        self.count = 0

    def append(self, vector: np.ndarray) -> None:
        """One more, (width,) float32."""
        at = self.count
        self.vectors[at] = vector
        near = slice(max(0, at + 1 - self.reach), at + 1)
        products = np.vecdot(self.vectors[near], vector)  # one thread: as a matrix, BLAS would wake the others
        self.products[at, near] = self.products[near, at] = products
        self.count += 1

    def keep_last(self, count: int) -> None:
        """Forget all but the newest `count`."""
        drop = self.count - count
        self.vectors[:count] = self.vectors[drop : self.count].copy()
        self.products[:count, :count] = self.products[drop : self.count, drop : self.count].copy()
        self.count = count

    def difference(self, first: int) -> float:
        """Root mean square difference of the newest vector and the one at `first`."""
        products, last = self.products, self.count - 1
        squared = products[last, last] + products[first, first] - 2.0 * products[first, last]
        return float(np.sqrt(max(0.0, squared) / self.vectors.shape[1]))

    def alpha(self, first: int, *, residual: float, largest_step: float, fall: float) -> np.ndarray | None:
        """α of each sample from `first` to the newest, when all lie between the two and come in order.

        Off the line from one to the other by `residual` of its length at most, no step above `largest_step`, none
        back by more than `fall`.
        """
        products, last = self.products, self.count - 1
        window = slice(first, last + 1)
        energy = products[last, last] + products[first, first] - 2.0 * products[first, last]
        if energy <= 0.0:
            return None
        along = products[window, last] - products[window, first] - products[first, last] + products[first, first]
        alpha = along / energy
        steps = alpha[1:] - alpha[:-1]
        if steps.max() > largest_step or steps.min() < -fall:
            return None
        away = products.diagonal()[window] + products[first, first] - 2.0 * products[window, first]
        off_line = float(np.max(away - alpha * along))
        return alpha if off_line <= residual**2 * energy else None
