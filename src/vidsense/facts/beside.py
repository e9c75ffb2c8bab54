"""In: frames, and what is to be done with each. Out: the same results, with the long parts done in another thread."""

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

Item = TypeVar("Item")
Job = Callable[[], None]


class Beside(Generic[Item]):
    """Takes items in their order. What one of them starts is done beside; those after it wait until it is.

    So the order of all that happens is the same as without a thread. What a job raises, the next call raises.
    """

    def __init__(self, take: Callable[[Item], Job | None], most_waiting: int) -> None:
        """`take` gets an item and may return a long job; with `most_waiting` of 0 jobs are done at once."""
        self._take = take
        self._most_waiting = most_waiting
        self._waiting: deque[Item] = deque()
        self._job: Future[None] | None = None
        self._thread = ThreadPoolExecutor(1, "beside") if most_waiting else None

    def put(self, item: Item) -> None:
        """Take an item now, or as soon as the job before it is done."""
        self._waiting.append(item)
        self._go_on(len(self._waiting) - self._most_waiting)

    def finish(self) -> None:
        """Take all that wait."""
        try:
            self._go_on(len(self._waiting))
            self._end_job()
        finally:
            if self._thread is not None:
                self._thread.shutdown()

    def _go_on(self, at_least: int) -> None:
        """Take what can be taken without waiting for a job, and so many items in any case."""
        while self._waiting and (at_least > 0 or self._job is None or self._job.done()):
            self._end_job()
            job = self._take(self._waiting.popleft())
            at_least -= 1
            if job is None:
                continue
            if self._thread is None:
                job()
            else:
                self._job = self._thread.submit(job)

    def _end_job(self) -> None:
        job, self._job = self._job, None
        if job is None:
            return
        try:
            job.result()
        except BaseException:
            self._waiting.clear()  # what waits would rest on what failed
            raise
