"""In: `Sound`s and where somebody speaks. Out: facts of kind "transcript": what is said, written down.

The door to faster-whisper (Whisper, Radford et al., 2022, on CTranslate2), an extra. Only what was heard as speech is
given to the model: in silence and noise it makes up words. Nothing is downloaded.
"""

import math
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from vidsense.errors import MissingExtraError, ModelError
from vidsense.facts.fact import Fact
from vidsense.source.audio import SAMPLE_RATE, Sound

LONGEST = 28.0
"""Seconds that the model is given at once; it hears thirty."""
NO_SPEECH, UNSURE = 0.6, -1.0
"""The model's own likelihood that nobody speaks, and mean log likelihood, at which its words are not kept."""
Span = tuple[float, float]


def transcript_facts(sounds: Iterable[Sound], speech: list[Fact], model: str) -> list[Fact]:
    """What is said in the spans of `speech`, in time order.

    `model`: a folder of CTranslate2's Whisper, or the name of one that was downloaded before. Raises
    `MissingExtraError` or `ModelError` when it cannot be used.
    """
    spans = pieces([(fact.start, fact.end) for fact in speech])
    if not spans:
        return []
    whisper = speech_model(model)
    found = []
    for start, samples in cut_out(sounds, spans):
        found += said(whisper, start, samples, Path(model).name)
    return found


def pieces(spans: list[Span]) -> list[Span]:
    """The spans, those that are too long cut into equal parts.

    >>> pieces([(0.0, 5.0), (10.0, 50.0)])
    [(0.0, 5.0), (10.0, 30.0), (30.0, 50.0)]
    """
    found = []
    for start, end in spans:
        count = max(1, math.ceil((end - start) / LONGEST))
        step = (end - start) / count
        found += [(start + i * step, start + (i + 1) * step) for i in range(count)]
    return found


def cut_out(sounds: Iterable[Sound], spans: list[Span]) -> Iterator[tuple[float, np.ndarray]]:
    """The start and the samples, (n,) float32 from −1 to 1, of each span; one span is held at a time."""
    waiting = list(spans)
    held: list[np.ndarray] = []
    begin = 0.0
    for sound in sounds:
        at, samples = sound.seconds, sound.samples
        while waiting:
            start, end = waiting[0]
            first, last = (round((moment - at) * SAMPLE_RATE) for moment in (start, end))
            part = samples[max(0, first) : max(0, last)]
            if len(part):
                begin = at + max(0, first) / SAMPLE_RATE if not held else begin
                held.append(part)
            if last > len(samples):
                break
            yield from joined(begin, held)
            held = []
            waiting.pop(0)
    yield from joined(begin, held)


def joined(begin: float, held: list[np.ndarray]) -> Iterator[tuple[float, np.ndarray]]:
    """What is held of one span, if anything."""
    if held:
        yield begin, np.concatenate(held).astype(np.float32) / 32768.0


def said(whisper: Any, start: float, samples: np.ndarray, name: str) -> list[Fact]:
    """The sentences of one span."""
    end = start + len(samples) / SAMPLE_RATE
    try:
        segments, info = whisper.transcribe(samples, beam_size=5, condition_on_previous_text=False)
        kept = [s for s in segments if s.no_speech_prob < NO_SPEECH or s.avg_logprob > UNSURE]
    except Exception as error:  # whatever a broken model raises when it is run
        raise ModelError(f"the speech model {name} failed ({error}).") from error
    return [
        Fact(
            "transcript",
            min(end, start + segment.start),
            min(end, start + max(segment.start, segment.end)),
            round(min(1.0, math.exp(segment.avg_logprob)), 3),
            None,
            {"text": segment.text.strip(), "language": info.language, "model": name},
        )
        for segment in kept
        if segment.text.strip()
    ]


def speech_model(model: str) -> Any:
    """The model, from a folder or from what was downloaded before; never from the network."""
    try:
        from faster_whisper import WhisperModel
    except ImportError as error:
        raise MissingExtraError("a transcript needs faster-whisper: pip install 'vid-sense[speech]'.") from error
    if Path(model).is_dir() and not (Path(model) / "tokenizer.json").is_file():
        raise ModelError(f"the speech model {model} has no tokenizer.json; download it whole.")
    try:
        return WhisperModel(model, device="auto", compute_type="default", local_files_only=True)
    except Exception as error:  # each library below has errors of its own
        reason = " ".join(str(error).split())[:200]
        raise ModelError(
            f"the speech model {model} is not on this machine or cannot be loaded ({reason}). Name a folder that holds "
            "a Whisper of CTranslate2's, or download one first: nothing is downloaded unasked."
        ) from error
