"""Surveys of drawn videos, made once."""

import pytest

from vidsense.source.synthetic import (
    SyntheticStream,
    blind_spot_drawing,
    cut,
    slides,
    still,
    texture,
    with_noise,
    with_walker,
)
from vidsense.survey.survey import survey_video

SIZE = (180, 320)


@pytest.fixture(scope="session")
def walk():
    """Ten seconds with noise; somebody small walks through from 4 to 6 s."""
    scene = with_noise(still(texture(SIZE, 1), 10.0), 2.0)
    return survey_video(SyntheticStream(with_walker(scene, 4.0, 6.0, height_px=50, width_px=20)))


@pytest.fixture(scope="session")
def film():
    """Ten shots of a second."""
    return survey_video(SyntheticStream(cut(*(with_noise(still(texture(SIZE, i), 1.0), 1.0) for i in range(10)))))


@pytest.fixture(scope="session")
def talk():
    """Three slides: three distinct pictures in 150 frames."""
    return survey_video(
        SyntheticStream(
            slides(
                SIZE,
                [("First heading", ("one",)), ("Another page", ("two", "more")), ("The end", ("that is all",))],
                2.0,
            )
        )
    )


@pytest.fixture(scope="session")
def blind_spot():
    """A minute in which somebody small crosses from 30 to 36 s."""
    return survey_video(SyntheticStream(blind_spot_drawing()))
