import pytest

from vidsense.facts.activity import activities as activities_but
from vidsense.facts.fact import Fact
from vidsense.facts.light import light_facts
from vidsense.facts.picture import picture_facts
from vidsense.source.synthetic import (
    SyntheticStream,
    cut,
    panned,
    plain,
    still,
    texture,
    with_flicker,
    with_lamp,
    with_noise,
    with_walker,
)
from vidsense.survey.survey import survey_video

SIZE = (180, 320)


def surveyed(drawing):
    return survey_video(SyntheticStream(drawing))


def activities(survey):
    return activities_but(survey, light_facts(survey, []))


def test_black_and_still_spans_are_facts():
    film = cut(plain(SIZE, 1.0, (0, 0, 0)), still(texture(SIZE, 1), 3.0))
    facts = {fact.kind: fact for fact in picture_facts(surveyed(film))}
    assert (facts["black"].start, facts["black"].end) == (0.0, pytest.approx(1.0))
    assert (facts["still"].start, facts["still"].end) == (pytest.approx(1.0), pytest.approx(4.0))


def test_a_pan_is_a_camera_fact_with_its_direction():
    facts = picture_facts(surveyed(panned(still(texture((360, 960), 2), 3.0), SIZE, right=80.0)))
    camera = next(fact for fact in facts if fact.kind == "camera")
    assert camera.details == {"motion": "pan right"}
    assert camera.end - camera.start > 2.0


def test_somebody_who_crosses_is_one_activity_with_its_way():
    scene = with_noise(still(texture(SIZE, 3), 8.0), 2.0)
    found = activities(surveyed(with_walker(scene, 3.0, 6.0, height_px=60, width_px=24)))
    assert len(found) == 1
    assert (found[0].start, found[0].end) == (pytest.approx(3.0, abs=0.4), pytest.approx(6.0, abs=0.5))
    assert found[0].entered_at[0] < 0.3
    assert found[0].left_at[0] > 0.7
    assert 3.0 <= found[0].moment <= 6.0


@pytest.mark.parametrize(
    "quiet",
    [
        with_noise(still(texture(SIZE, 4), 5.0), 3.0),
        with_flicker(with_noise(still(texture(SIZE, 5), 5.0), 1.0), 1.0, 4.0, depth=0.1),
        plain(SIZE, 5.0, (40, 50, 60)),
    ],
    ids=["noise", "flicker", "one colour"],
)
def test_noise_and_light_are_no_activity(quiet):
    assert activities(surveyed(quiet)) == []


def test_a_lamp_is_brief_at_most():
    found = activities(surveyed(with_lamp(with_noise(still(texture(SIZE, 6), 6.0), 1.0), 3.0)))
    assert sum(a.end - a.start for a in found) < 1.0


def test_nothing_is_said_of_what_moves_under_a_moving_camera():
    assert activities(surveyed(panned(still(texture((360, 960), 7), 3.0), SIZE, right=80.0))) == []


def test_a_fact_is_checked_where_it_is_made():
    with pytest.raises(ValueError, match="must not end"):
        Fact("black", 2.0, 1.0, 1.0, 1.0)
    with pytest.raises(ValueError, match="confidence"):
        Fact("black", 1.0, 2.0, 1.5, 1.0)
