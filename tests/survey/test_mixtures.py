import numpy as np
import pytest

from vidsense.survey.mixtures import Mixtures

LIMITS = {"residual": 0.3, "largest_step": 0.4, "fall": 0.1}


def mixtures(vectors):
    kept = Mixtures(vectors.shape[1], capacity=32)
    for vector in vectors:
        kept.append(vector.astype(np.float32))
    return kept


def ends(width=200, seed=0):
    return np.random.default_rng(seed).normal(0, 40, (2, width))


def test_the_share_of_a_mixture_is_read_back():
    a, b = ends()
    alpha = np.array([0.0, 0.1, 0.25, 0.5, 0.8, 1.0])
    kept = mixtures(a + alpha[:, None] * (b - a))
    np.testing.assert_allclose(kept.alpha(0, **LIMITS), alpha, atol=1e-5)  # float32 vectors
    assert kept.difference(0) == pytest.approx(np.sqrt(np.mean((b - a) ** 2)), rel=1e-5)


def test_a_window_may_begin_anywhere_and_survives_forgetting():
    a, b = ends()
    alpha = np.linspace(0, 1, 9)
    kept = mixtures(np.concatenate([np.random.default_rng(1).normal(0, 9, (5, 200)), a + alpha[:, None] * (b - a)]))
    kept.keep_last(9)
    np.testing.assert_allclose(kept.alpha(0, **LIMITS), alpha, atol=1e-5)


@pytest.mark.parametrize("alpha", [[0.0, 0.5, 1.0], [0.0, 0.3, 0.1, 0.4, 0.7, 1.0]], ids=["a large step", "a way back"])
def test_what_jumps_or_returns_is_no_mixture(alpha):
    a, b = ends()
    assert mixtures(a + np.array(alpha)[:, None] * (b - a)).alpha(0, **LIMITS) is None


def test_a_frame_off_the_line_is_no_mixture():
    a, b = ends()
    vectors = a + np.linspace(0, 1, 5)[:, None] * (b - a)
    vectors[2] = ends(seed=3)[0]
    assert mixtures(vectors).alpha(0, **LIMITS) is None


def test_a_picture_that_stays_has_no_mixture():
    assert mixtures(np.ones((5, 200))).alpha(0, **LIMITS) is None
