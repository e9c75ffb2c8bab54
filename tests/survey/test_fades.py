import numpy as np
import pytest

from vidsense.source.synthetic import texture
from vidsense.survey.blocks import blocks_of
from vidsense.survey.fades import FadeDetector, correlation, held

PICTURE = texture((96, 160), 5)[:, :, 0].astype(np.float32)


def fades(shares, picture=PICTURE, ground=0.0, rate=25.0):
    """What is found in frames that show so much of the picture over one flat grey."""
    detector = FadeDetector()
    for i, share in enumerate(shares):
        if i and share == shares[i - 1]:
            detector.repeat(i / rate)
        else:
            frame = ground + share * ((picture(i) if callable(picture) else picture) - ground)
            detector.add(blocks_of(frame.astype(np.uint8)), i / rate)
    return [(f.kind, f.start, f.end) for f in detector.finish()]


RAMP = np.r_[np.zeros(10), np.linspace(0, 1, 26)[1:], np.ones(25)].tolist()


def moving(i):
    return np.roll(PICTURE, 3 * i, axis=1)


@pytest.mark.parametrize("ground", [0.0, 255.0, 90.0], ids=["black", "white", "grey"])
@pytest.mark.parametrize("picture", [PICTURE, moving], ids=["still", "moving"])
def test_a_ramp_out_of_one_colour_is_a_fade_in(picture, ground):
    [(kind, start, end)] = fades(RAMP, picture, ground)
    assert kind == "fade in"
    assert (start, end) == (pytest.approx(0.36, abs=0.1), pytest.approx(1.36, abs=0.2))


def test_a_ramp_into_one_colour_is_a_fade_out():
    [(kind, start, end)] = fades(RAMP[::-1])
    assert kind == "fade out"
    assert (start, end) == (pytest.approx(1.0, abs=0.2), pytest.approx(2.0, abs=0.1))


def test_a_cut_from_black_is_no_fade():
    assert fades([0.0] * 10 + [1.0] * 40) == []


def test_what_comes_and_goes_fades_in_and_out():
    shares = np.r_[np.zeros(10), np.linspace(0, 1, 13), np.linspace(1, 0, 13), np.zeros(10)].tolist()
    assert [kind for kind, _, _ in fades(shares)] == ["fade in", "fade out"]


def test_a_picture_that_is_uncovered_is_no_fade():
    detector = FadeDetector()
    for i in range(50):
        frame = np.zeros_like(PICTURE)
        frame[:, : 4 * max(0, i - 8)] = PICTURE[:, : 4 * max(0, i - 8)]
        detector.add(blocks_of(frame.astype(np.uint8)), i / 25)
    assert detector.finish() == []


def test_noise_does_not_break_what_is_flat():
    stays = np.array([0, 1, 1, 1, 0, 1, 1, 0], bool)
    begins = np.array([0, 0, 1, 0, 0, 0, 0, 0], bool)
    assert held(begins, stays).tolist() == [0, 1, 1, 1, 0, 0, 0, 0]


def test_correlation_is_that_of_numpy():
    a, b = np.random.default_rng(0).normal(size=(2, 30))
    assert correlation(a, b) == pytest.approx(np.corrcoef(a, b)[0, 1])
    assert correlation(a, np.ones(30)) == 0.0
