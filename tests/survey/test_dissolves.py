"""Whether one picture gives way to another: by rules, and by the odds of all that is measured."""

import cv2
import numpy as np
import pytest

from vidsense.source.synthetic import texture
from vidsense.survey.dissolves import DissolveThresholds, Mixing, is_dissolve
from vidsense.survey.gradual_sample import Sample

RISE = np.linspace(0.0, 1.0, 12)
LIMITS = DissolveThresholds()


def window(pictures):
    samples = [Sample(0.08 * i, np.clip(p, 0, 255).astype(np.uint8), 0.02) for i, p in enumerate(pictures)]
    return Mixing(samples, RISE, (0.08 * 1.1, 0.08 * 9.9), moving=True)


def luma(seed, shift=0):
    wide = cv2.resize(texture((180, 480), seed)[:, :, 0], (120, 45), interpolation=cv2.INTER_AREA)
    return wide[:, shift : shift + 80].astype(np.float32)


def strength(mixing):
    first, last = mixing.first.luma.astype(float), mixing.last.luma.astype(float)
    return float(np.sqrt(np.mean((last - first) ** 2))) / (mixing.first.contrast + mixing.last.contrast)


def odds(mixing):
    return mixing.odds(strength(mixing), -np.inf)


DISSOLVES = {
    "of two pictures": window([(1 - a) * luma(1) + a * luma(2) for a in RISE]),
    "of two that move": window([(1 - a) * luma(3, i) + a * luma(4, 20 - i) for i, a in enumerate(RISE)]),
}
OTHERS = {
    "a pan": window([luma(5, 3 * i) for i in range(12)]),
    "more light": window([(0.4 + 0.6 * a) * luma(6) for a in RISE]),
    "a thing that comes": window([np.hstack([luma(7)[:, : 80 - 3 * i], luma(8)[:, 80 - 3 * i :]]) for i in range(12)]),
}


@pytest.mark.parametrize("mixing", DISSOLVES.values(), ids=DISSOLVES)
def test_two_pictures_that_mix_are_a_dissolve(mixing):
    assert is_dissolve(mixing, strength(mixing), LIMITS)


@pytest.mark.parametrize("mixing", OTHERS.values(), ids=OTHERS)
def test_what_mixes_nothing_is_none(mixing):
    assert not is_dissolve(mixing, strength(mixing), LIMITS)
    assert odds(mixing) < LIMITS.odds < min(odds(mixed) for mixed in DISSOLVES.values())


@pytest.mark.parametrize("mixing", [*DISSOLVES.values(), *OTHERS.values()], ids=[*DISSOLVES, *OTHERS])
@pytest.mark.parametrize("enough", [-5.0, 0.0, 3.0, 12.0])
def test_odds_are_told_as_far_as_they_are_needed(mixing, enough):
    assert (mixing.odds(strength(mixing), enough) >= enough) == (odds(mixing) >= enough)


def test_no_motion_is_searched_for_where_all_else_speaks_against_it(monkeypatch):
    monkeypatch.setattr(Mixing, "differ", lambda *_: pytest.fail("searched"))
    comes = window([np.hstack([luma(7)[:, : 80 - 3 * i], luma(8)[:, 80 - 3 * i :]]) for i in range(12)])
    assert comes.odds(strength(comes), LIMITS.odds) < LIMITS.odds
