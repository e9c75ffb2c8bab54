"""Light that is switched, changes or flickers, and what is none of it."""

import pytest

from vidsense.facts.lamps import LampWatcher
from vidsense.facts.light import light_facts, steps_of
from vidsense.source.synthetic import (
    SyntheticStream,
    cut,
    dissolve,
    fade_in,
    panned,
    plain,
    slides,
    still,
    texture,
    with_exposure,
    with_flash,
    with_flicker,
    with_gain,
    with_lamp,
    with_noise,
    with_walker,
    yard,
)
from vidsense.survey.survey import survey_video

SIZE = (180, 320)


def scene(seconds=8.0, seed=8):
    return with_noise(still(texture(SIZE, seed), seconds), 1.5)


def lights(drawing):
    lamps = LampWatcher()
    survey = survey_video(SyntheticStream(drawing), watchers=[lamps])
    return light_facts(survey, lamps.steps)


def changes(drawing):
    return [fact.details["change"] for fact in lights(drawing)]


@pytest.mark.parametrize("radius", [0.35, 0.15])
@pytest.mark.parametrize("picture", [texture(SIZE, 3), yard(SIZE, 3)], ids=["texture", "yard"])
def test_a_lamp_goes_on_and_off_in_its_place(picture, radius):
    drawing = with_lamp(with_noise(still(picture, 8.0), 1.5), 3.0, 6.0, centre=(0.8, 0.25), radius=radius)
    on, off = lights(drawing)
    assert (on.details["change"], off.details["change"]) == ("on", "off")
    assert (on.start, off.start) == (pytest.approx(3.0, abs=0.15), pytest.approx(6.0, abs=0.15))
    assert on.details["at"] == pytest.approx([0.8, 0.25], abs=0.12)


@pytest.mark.parametrize(("before", "after", "change"), [(1.0, 0.3, "off"), (0.3, 1.0, "on")])
def test_a_light_that_fills_the_picture_has_no_place(before, after, change):
    [fact] = lights(with_gain(scene(), lambda t: before if t < 4.0 else after))
    assert fact.details == {"change": change}
    assert fact.start == pytest.approx(4.0, abs=0.15)


@pytest.mark.parametrize(("gain", "change"), [(0.4, "darker"), (1.9, "brighter")])
def test_light_that_changes_by_and_by_is_not_switched(gain, change):
    [fact] = lights(with_exposure(scene(), 3.0, 0.8, gain))
    assert fact.details["change"] == change
    assert fact.start == pytest.approx(3.3, abs=0.5)


@pytest.mark.parametrize("hertz", [3.0, 6.0, 9.0])
def test_flicker_is_one_fact(hertz):
    facts = lights(with_flicker(scene(), 3.0, 6.0, hertz=hertz))
    assert [fact.details["change"] for fact in facts] == ["flicker"]
    assert (facts[0].start, facts[0].end) == (pytest.approx(3.0, abs=0.3), pytest.approx(6.0, abs=0.3))
    assert steps_of(facts) == []


@pytest.mark.parametrize(
    "drawing",
    [
        with_walker(scene(), 1.0, 5.0, height_px=120, width_px=60),
        with_flash(scene(), 3.0),
        panned(still(texture((180, 640), 1), 6.0), SIZE, right=300),
        cut(scene(3.0), plain(SIZE, 3.0, (230, 230, 230))),
        cut(scene(3.0, 1), scene(3.0, 2)),
        dissolve(scene(3.0, 1), plain(SIZE, 3.0, (240, 240, 240)), 1.0),
        fade_in(scene(4.0), 1.0),
        slides(SIZE, [("One", ("a",)), ("Two", ("b", "c"))], 3.0),
    ],
    ids=["walker", "flash", "pan", "cut to white", "cut", "dissolve", "fade", "slides"],
)
def test_what_is_no_light_is_none(drawing):
    assert changes(drawing) == []
