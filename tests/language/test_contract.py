"""One suite for everything behind the seam."""

import json

import pytest
from tests.models import picture

from vidsense.language.model import ContextError, Decoding, LanguageModel, Prompt, prompt_tokens
from vidsense.language.reply import Manner, reply

SYSTEM = "You look at pictures."
TWO = Prompt(SYSTEM, ("[f001]", picture("f001", 0), "[f002]", picture("f002", 180), "What do they show?"))
SWAPPED = Prompt(SYSTEM, ("[f001]", picture("f001", 180), "[f002]", picture("f002", 0), "What do they show?"))
SCHEMA = {
    "type": "object",
    "properties": {
        "frame": {"type": "string", "enum": ["f001", "f002"]},
        "seen": {"type": "string", "maxLength": 40},
    },
    "required": ["frame", "seen"],
    "additionalProperties": False,
}


def answer(model: LanguageModel, prompt: Prompt, tokens: int = 24, **options) -> str:
    return "".join(piece.text for piece in model.generate(prompt, max_tokens=tokens, **options))


def test_it_says_what_it_reads(any_model):
    limits = any_model.limits
    assert limits.context >= 1024
    assert limits.pictures >= 1
    assert 28 <= limits.picture_size <= 4096
    assert any_model.name
    assert any_model.identity


def test_an_answer_comes_in_pieces_and_says_how_it_ended(any_model):
    pieces = list(any_model.generate(TWO, max_tokens=24))
    assert len(pieces) > 2
    assert [piece.ended for piece in pieces[:-1]] == [None] * (len(pieces) - 1)
    assert pieces[-1].ended in ("stop", "length")
    assert "".join(piece.text for piece in pieces).strip()


def test_the_same_prompt_gets_the_same_answer(any_model):
    assert answer(any_model, TWO) == answer(any_model, TWO)


def test_pictures_are_seen(any_model):
    dark, light = (Prompt(SYSTEM, (picture("f001", level, seed=level), "And?")) for level in (0, 190))
    assert answer(any_model, dark) != answer(any_model, light)


def test_the_order_of_pictures_reaches_it(any_model):
    if any_model.name == "scripted":
        pytest.skip("the script adds up")
    assert answer(any_model, TWO, 48) != answer(any_model, SWAPPED, 48)


def test_what_is_counted_is_at_least_what_it_costs(any_model):
    *_, last = any_model.generate(TWO, max_tokens=2)
    assert last.prompt_tokens is not None
    assert last.prompt_tokens <= prompt_tokens(any_model, TWO)


def test_text_is_counted_in_every_script(any_model):
    for text in ("A dog runs.", "Ein Hund läuft über die Straße.", "一只狗在跑。", "🐕 💨", "f001 · 0:12.5", ""):
        assert any_model.text_tokens(text) >= (1 if text else 0)


def test_an_answer_keeps_to_a_schema(any_model):
    if not any_model.limits.schema or any_model.name == "scripted":
        pytest.skip("it cannot be held to one")
    fields = json.loads(answer(any_model, TWO, 400, schema=SCHEMA))
    assert set(fields) == {"frame", "seen"}
    assert fields["frame"] in ("f001", "f002")


def test_too_long_a_prompt_is_refused_before_it_is_sent(any_model):
    long = Prompt(SYSTEM, ("word " * any_model.limits.context,))
    with pytest.raises(ContextError, match=r"do not fit into the \d+"):
        reply(any_model, long, Manner(100))


def test_an_answer_can_be_left_in_the_middle_and_the_next_one_comes(any_model):
    stream = any_model.generate(TWO, max_tokens=200)
    next(stream)
    stream.close()
    assert answer(any_model, TWO)


def test_other_decoding_gives_another_answer(any_model):
    if any_model.name == "scripted":
        pytest.skip("the script does not decode")
    hot = [answer(any_model, TWO, decoding=Decoding(temperature=1.5, seed=seed)) for seed in (1, 2, 3)]
    assert len(set(hot)) > 1
