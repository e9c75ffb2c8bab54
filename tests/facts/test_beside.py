"""What is done beside the pass happens in the same order as without a thread."""

import threading
import time
from functools import partial

import pytest

from vidsense.facts.beside import Beside
from vidsense.facts.text import TextWatcher
from vidsense.source.synthetic import SyntheticStream, slides
from vidsense.survey.survey import survey_video


def done_in_order(most_waiting, seconds=0.002):
    """What happens to 40 items of which every third starts a job, and the threads in which jobs were done."""
    happened, threads = [], set()

    def work(item):
        time.sleep(seconds)
        threads.add(threading.current_thread())
        happened.append(f"job {item}")

    def take(item):
        happened.append(f"item {item}")
        return partial(work, item) if item % 3 == 0 else None

    beside = Beside(take, most_waiting)
    for item in range(40):
        beside.put(item)
    beside.finish()
    return happened, threads


@pytest.mark.parametrize("most_waiting", [1, 5, 100])
def test_jobs_are_done_in_another_thread_in_the_order_of_one(most_waiting):
    happened, threads = done_in_order(most_waiting)
    expected, inline = done_in_order(0)
    assert happened == expected
    assert inline == {threading.current_thread()}
    assert threading.current_thread() not in threads
    assert not any(thread.is_alive() for thread in threads)


def test_no_more_wait_than_may():
    waiting = []
    free = threading.Event()
    beside = Beside(lambda item: waiting.append(item) or (free.wait if item == 0 else None), 3)
    for item in range(4):
        beside.put(item)
    assert waiting == [0]  # three wait for the first one's job
    threading.Timer(0.05, free.set).start()
    beside.put(4)
    assert waiting[:2] == [0, 1]
    beside.finish()
    assert waiting == [0, 1, 2, 3, 4]


def test_what_a_job_raises_reaches_who_goes_on_and_ends_what_waits():
    taken = []

    def take(item):
        taken.append(item)
        return partial(fail, item) if item == 1 else None

    def fail(item):
        raise OSError(f"item {item}")

    beside = Beside(take, 8)
    beside.put(0)
    beside.put(1)
    with pytest.raises(OSError, match="item 1"):
        beside.finish()
    assert taken == [0, 1]


def test_what_is_read_beside_the_pass_is_what_is_read_within():
    drawing = slides((360, 640), [("First heading", ("one bullet", "and 17")), ("Another page", ("two more",))], 1.5)
    read = []
    for most_waiting in (0, 2, 50):
        watcher = TextWatcher(most_waiting=most_waiting)
        survey = survey_video(SyntheticStream(drawing), watchers=[watcher])
        lines = watcher.finish(survey.picture_end_seconds)
        read.append((watcher.frames_read, [(line.text, line.score, line.start, line.end, line.box) for line in lines]))
    assert read[0] == read[1] == read[2]
    assert len(read[0][1]) >= 4
