"""Answers from measurements: what is known, and plainly what is not."""

from dataclasses import replace

import pytest

import vidsense
from vidsense.account.answers import some
from vidsense.account.describe import described
from vidsense.account.observe import UNHEARD, UNREAD, observe
from vidsense.account.question import understood
from vidsense.frames.budget import FrameBudget
from vidsense.source.synthetic import (
    cut,
    slides,
    still,
    texture,
    with_exposure,
    with_lamp,
    with_noise,
    with_text,
    with_walker,
    write_video,
)

SIZE = (180, 320)


@pytest.fixture(scope="module")
def yard(tmp_path_factory):
    """A walker from 3 to 6 s, an overlay, darker from 9 s on; then a page."""
    scene = with_noise(still(texture(SIZE, 1), 12.0), 2.0)
    scene = with_walker(scene, 3.0, 6.0, height_px=60, width_px=24)
    scene = with_text(with_exposure(scene, 9.0, 0.3, 0.4), "CAMERA TWO", at=(0.55, 0.08), height_px=16.0)
    page = slides(SIZE, [("The last page", ("nothing else",))], 3.0)
    path = write_video(cut(scene, page), tmp_path_factory.mktemp("ask") / "yard.mp4")
    return path, observe(path)


def known_ids(yard):
    path, observation = yard
    _, account = described(observation, path, FrameBudget(), began=0.0)
    return {frame.id for frame in account.frames} | {fact.id for fact in account.facts}


def answer(yard, question):
    path, observation = yard
    given = vidsense.ask(path, question, observation=observation)
    assert all(moment.evidence for moment in given.moments)
    assert {i for moment in given.moments for i in moment.evidence} <= known_ids(yard)
    return given


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("How many shots are there?", "two shots"),
        ("How long is it?", "15 s"),
        ("When does something move?", "from left to right"),
        ("Which way does it go?", "from left to right"),
        ("When does it say 'last page'?", "0:12"),
        ("What is written?", "The last page"),
        ("Is the camera moving?", "No: the camera stands still."),
        ("Does anyone speak?", "Nobody is heard"),
        ("When does the light change?", "darker"),
        ("Is it dark?", "No: the picture is not dark."),
        ("How many at once?", "one at once"),
        ("What happens first, and then?", "darker"),
        ("describe 0:02-0:07", "crosses"),
    ],
)
def test_what_is_measured_is_answered(yard, question, words):
    given = answer(yard, question)
    assert given.found
    assert words in given.answer


@pytest.mark.parametrize(
    "question", ["How many people are there?", "What colour is the car?", "Who walks through?", "Why is the sky blue?"]
)
def test_what_is_not_measured_is_said_so(yard, question):
    given = answer(yard, question)
    assert not given.found
    assert given.answer.startswith("Measurements cannot tell")
    assert "looked at" in given.answer


def test_words_that_are_not_there_are_not_found(yard):
    assert "was not read anywhere" in answer(yard, "When does it say 'fire'?").answer


def test_a_part_is_asked_about_on_its_own(yard):
    assert "darker" not in answer(yard, "what happens at 0:02-0:07?").answer


def test_nothing_is_said_of_what_was_not_read_or_heard(yard):
    path, observation = yard
    blind = replace(observation, facts=(), warnings=(f"{UNREAD}: no model.", f"{UNHEARD}: no model."))
    for question in ("What is written?", "When does it say 'page'?", "Does anyone speak?", "Is it loud?"):
        assert not vidsense.ask(path, question, observation=blind).found


def test_an_empty_question_is_refused(yard):
    with pytest.raises(ValueError, match="empty"):
        vidsense.ask(yard[0], "  ")


@pytest.mark.parametrize(
    ("text", "topic", "words"),
    [
        ("When does it say “presents”?", "said when", "presents"),
        ("when does it say pedestrian alarm?", "said when", "pedestrian alarm"),
        ("what does it say on screen?", "written", None),
        ("does anybody talk?", "speech", None),
        ("how many cuts?", "shots", None),
    ],
)
def test_questions_are_understood(text, topic, words):
    asked = understood(text)
    assert (asked.topic, asked.words) == (topic, words)


def test_nothing_is_left_out_in_silence():
    assert some(["a", "b"], 2) == "a and b"
    assert some(["a", "b", "c", "d"], 2) == "a, b and 2 more"


def test_after_the_lamp_goes_on_is_not_after_it_went_off(tmp_path):
    """It goes off at 2 s; somebody crosses from 3 to 5 s; it goes on at 6 s; somebody crosses from 8 to 11 s."""
    film = with_lamp(with_lamp(with_noise(still(texture(SIZE, 3), 13.0), 1.5), 0.0, 2.0), 6.0)
    film = with_walker(film, 3.0, 5.0, height_px=60, width_px=24)
    path = write_video(with_walker(film, 8.0, 11.0, height_px=60, width_px=24), tmp_path / "lamp.mp4")
    after_on, after_off = (
        vidsense.ask(path, f"what is new after the lamp goes {way}?").answer for way in ("on", "off")
    )
    assert (after_on.count("crosses"), after_off.count("crosses")) == (1, 2)
