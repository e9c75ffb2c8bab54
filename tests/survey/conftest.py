"""Surveys of drawn videos."""

import pytest

from vidsense.source.synthetic import SyntheticStream
from vidsense.survey.survey import survey_video

SIZE = (180, 320)


@pytest.fixture(scope="session")
def surveyed():
    """The survey of a drawing, without a file between."""
    return lambda drawing, **span: survey_video(SyntheticStream(drawing), **span)
