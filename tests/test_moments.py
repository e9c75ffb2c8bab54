"""Moments, likeness and frames for a question, on embeddings whose answers are known."""

import numpy as np
import pytest

from vidsense.temporal import choose_for, likeness, moments_of, near_duplicates, oddness, returning
from vidsense.temporal.moments import run_scatter

RNG = np.random.default_rng(0)


def runs(*lengths: int, noise: float = 0.05, kinds: tuple[int, ...] | None = None) -> np.ndarray:
    """Unit-length embeddings in runs, each run around an axis of its own, or those that are named."""
    rows = np.repeat(np.eye(16)[list(kinds or range(len(lengths)))], lengths, axis=0)
    rows = rows + RNG.normal(0.0, noise, rows.shape)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True))


@pytest.mark.parametrize("lengths", [(5, 9, 4), (12, 12), (3, 3, 3, 3, 3), (20,)])
def test_runs_of_alike_frames_are_moments(lengths: tuple[int, ...]) -> None:
    found = moments_of(runs(*lengths))
    assert [len(moment) for moment in found] == list(lengths)
    assert found[0].first == 0
    assert found[-1].last == sum(lengths) - 1
    assert all(moment.likeness > 0.9 for moment in found)
    assert lengths[0] - 1 in found[0]
    assert lengths[0] not in found[0]


def test_frames_that_all_differ_are_a_moment_each() -> None:
    assert len(moments_of(runs(1, 1, 1, 1, 1, 1, noise=0.0))) == 6


def test_no_frames_are_no_moments_and_one_frame_is_one() -> None:
    assert moments_of(np.zeros((0, 4))) == []
    (only,) = moments_of(np.eye(4)[:1])
    assert (only.first, only.last, only.likeness) == (0, 0, 1.0)


def test_there_are_no_more_moments_than_allowed() -> None:
    assert len(moments_of(runs(4, 4, 4, 4), most=2)) <= 2


def test_the_scatter_of_a_run_is_its_squared_distance_from_its_mean() -> None:
    embeddings = runs(4, 3, noise=0.3)
    scatter = run_scatter(likeness(embeddings))
    for first, last in ((0, 3), (2, 5), (0, 6), (4, 4)):
        run = embeddings[first : last + 1]
        assert scatter[first, last] == pytest.approx(((run - run.mean(axis=0)) ** 2).sum(), abs=1e-9)
    assert np.isinf(scatter[3, 1])


def test_frames_as_good_as_one_are_grouped_wherever_they_stand() -> None:
    embeddings = runs(2, 2, 1, noise=0.01, kinds=(0, 1, 0))
    assert near_duplicates(embeddings) == [[0, 1, 4], [2, 3]]
    assert near_duplicates(np.eye(3)) == []


def test_a_moment_that_returns_is_found() -> None:
    embeddings = runs(5, 6, 4, noise=0.02, kinds=(0, 1, 0))
    assert returning(embeddings, moments_of(embeddings)) == [(0, 2)]
    assert returning(embeddings, []) == []


def test_the_odd_frame_stands_out() -> None:
    embeddings = runs(6, 1, 6, noise=0.02, kinds=(0, 1, 0))
    assert oddness(embeddings).argmax() == 6
    assert oddness(embeddings[:1]).tolist() == [0.0]


def test_a_short_event_is_among_the_frames_for_its_question() -> None:
    embeddings = runs(40, 2, 40, kinds=(0, 1, 0))
    taken = choose_for(np.eye(16)[1], embeddings, np.arange(82.0), 6)
    assert len(taken) == 6
    assert taken == sorted(set(taken))
    assert {40, 41} & set(taken)


def test_no_more_of_one_moment_is_taken_than_needed() -> None:
    embeddings = runs(30, 8, 30, 8, 30, kinds=(0, 1, 0, 2, 0))
    question = np.stack([np.eye(16)[1], np.eye(16)[2]])
    taken = choose_for(question, embeddings, np.arange(106.0), 4)
    of_first, of_second = (sum(first <= i < first + 8 for i in taken) for first in (30, 68))
    assert of_first >= 1
    assert of_second >= 1
    assert of_first + of_second < 4 or max(of_first, of_second) < 3


def test_few_frames_are_all_taken_and_none_is_no_choice() -> None:
    assert choose_for(np.eye(4)[0], np.eye(4), np.arange(4.0), 9) == [0, 1, 2, 3]
    with pytest.raises(ValueError, match="at least 1"):
        choose_for(np.eye(4)[0], np.eye(4), np.arange(4.0), 0)
