"""Whole answers: continued, asked again, or reported."""

import pytest
from tests.language.scripted import ScriptedModel

from vidsense.language.model import ConnectionLostError, ContextError, ModelError, Prompt
from vidsense.language.reply import Manner, joined, loop_start, reply

ASK = Prompt("Answer.", ("What happens?",))


def scripted(*answers, **limits):
    rest = iter(answers)
    return ScriptedModel(lambda _prompt, _kind: next(rest), **limits)


def test_an_answer_that_ran_out_of_tokens_is_continued_where_it_stopped():
    model = scripted("A dog runs to<CUT>", "runs to the door and <CUT>", "barks.")
    given = reply(model, ASK, Manner(50))
    assert given.text == "A dog runs to the door and barks."
    assert (given.fault, given.continued, given.asked) == (None, 2, 3)
    assert "A dog runs to" in str(model.prompts[1].parts[-1])


def test_an_answer_that_never_ends_is_reported_as_such():
    given = reply(scripted(*["more and <CUT>" + "x" * i + "<CUT>" for i in range(9)]), ASK, Manner(50))
    assert given.fault == "length"
    assert given.continued == 4


def test_an_answer_is_not_continued_over_the_context():
    model = scripted(" ".join(map(str, range(90))) + "<CUT>", "never asked", context=280)
    assert reply(model, ASK, Manner(200)).fault == "length"
    assert len(model.prompts) == 1


def test_an_answer_in_a_schema_has_no_second_half():
    given = reply(scripted('{"a": "b<CUT>'), ASK, Manner(50, schema={"type": "object"}))
    assert (given.text, given.fault, given.asked) == ('{"a": "b', "length", 1)


@pytest.mark.parametrize("bad", ["", "  \n", "It runs. " * 60])
def test_a_bad_answer_is_asked_for_again_in_another_way(bad):
    model = scripted(bad, "A dog runs.")
    assert reply(model, ASK, Manner(50)).text == "A dog runs."
    assert model.decodings[1].temperature > model.decodings[0].temperature


def test_a_loop_is_left_after_its_first_round():
    given = reply(scripted("A dog. " + "It runs. " * 60, "A dog. " + "It runs. " * 60), ASK, Manner(900))
    assert given.text == "A dog. It runs."
    assert given.fault == "loop"


@pytest.mark.parametrize(
    "text", ["", "short", "-" * 400, "A long story in which nothing comes twice, " + " ".join(map(str, range(200)))]
)
def test_what_does_not_repeat_is_no_loop(text):
    assert loop_start(text) is None


def test_lost_connections_are_tried_with_growing_pauses_and_no_longer(monkeypatch):
    pauses = []
    monkeypatch.setattr("vidsense.language.reply.time.sleep", pauses.append)
    lost = ConnectionLostError("gone")
    assert reply(scripted(lost, lost, "Well."), ASK, Manner(50)).text == "Well."
    assert pauses == [0.5, 2.0]
    with pytest.raises(ConnectionLostError):
        reply(scripted(*[lost] * 9), ASK, Manner(50))
    with pytest.raises(ModelError, match="refused"):
        reply(scripted(ModelError("refused"), "never asked"), ASK, Manner(50))


def test_who_waits_hears_what_is_written_and_may_stop_it():
    heard = []
    reply(scripted("A dog runs."), ASK, Manner(50, on_text=heard.append))
    assert heard[-1] == "A dog runs."
    assert heard == sorted(heard, key=len)

    def stop(_text):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        reply(scripted("A dog runs."), ASK, Manner(50, on_text=stop))


def test_nothing_is_sent_that_does_not_fit():
    model = scripted("never asked", context=1024)
    with pytest.raises(ContextError, match="--context"):
        reply(model, Prompt("Answer.", ("word " * 2000,)), Manner(50))
    assert not model.prompts


@pytest.mark.parametrize(
    ("first", "rest", "whole"),
    [("It is", " raining.", "It is raining."), ("abc def", "def ghi", "abc defdef ghi"), ("a", "", "a")],
)
def test_halves_are_joined_without_losing_a_letter(first, rest, whole):
    assert joined(first, rest) == whole
