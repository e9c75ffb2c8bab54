"""In: a video and a question. Out: `Answer`, from what is measured or what a model sees, with its evidence; or that it
cannot be told."""

from collections.abc import Sequence
from pathlib import Path
from time import perf_counter

from vidsense.account.about import bearing_frames, encoder_if_there
from vidsense.account.account import Answer, Description, FrameRef
from vidsense.account.answers import cannot_tell, measured_answer
from vidsense.account.asking import Asker
from vidsense.account.by_nano import nano_answer
from vidsense.account.describe import described
from vidsense.account.looks import Looks
from vidsense.account.observe import Cache, Observation, Progress, View, glance, observe
from vidsense.account.question import Question, understood
from vidsense.account.questioned import Exchange, Questioned
from vidsense.account.second_look import Check
from vidsense.frames.budget import FrameBudget
from vidsense.language.load import opened
from vidsense.language.model import LanguageModel
from vidsense.language.nano import NanoModel
from vidsense.language.options import ModelOptions
from vidsense.source.file import open_video
from vidsense.vision.encoder import VisionEncoder

EXACT = ("length", "shots", "said when", "camera")
"""Topics that measurements answer better than any look at some frames."""


def ask(
    location: str | Path,
    question: str,
    *,
    start: float = 0.0,
    end: float | None = None,
    model: str | LanguageModel = "auto",
    model_options: ModelOptions | None = None,
    check: Check = "quick",
    encoder: str | Path | VisionEncoder | None = "auto",
    speech_model: str | None = None,
    threads: int = 0,
    cache: Cache | None = None,
    observation: Observation | None = None,
    history: Sequence[Exchange] = (),
    on_progress: Progress | None = None,
) -> Answer:
    """What the video answers to a question: measured where that is exact, else seen by a model where there is one.

    `model`, `check` and `speech_model` as in `describe`. `encoder`: what finds the frames that bear on the question;
    "auto": the usual one, where it is on this machine. `observation`: what was measured before, so that nothing is
    decoded again; `cache`: what keeps it. `history`: what was asked and answered before in the same conversation.
    Raises `ValueError` for an empty question, `SourceError` when no picture can be decoded, `ModelError` when the model
    cannot be had.
    """
    began = perf_counter()
    if not question.strip():
        raise ValueError("the question is empty; ask, for example, 'when does something move?'")
    asked, view = understood(question), View(start, end, speech_model)
    with opened(model, model_options) as witness:
        if isinstance(witness, NanoModel) and asked.topic not in EXACT:  # it reads nothing and hears nothing
            seen = observation or glance(location, view, threads=threads, on_progress=on_progress)
        else:
            seen = observation or observe(location, view, threads=threads, cache=cache, on_progress=on_progress)
        _, account = described(seen, location, FrameBudget(), began=began)
        if witness is None or (asked.topic in EXACT and measured_answer(account, asked)):
            return by_measure(account, asked, began)
        if isinstance(witness, NanoModel):
            return nano_answer(witness, account, location, asked, began=began, threads=threads)
        with open_video(location, threads=threads) as stream:
            asker = Asker(witness, cache, on_progress)
            bearing: list[FrameRef] = []
            if (found := encoder_if_there(encoder)) is not None:
                looks = Looks(location, found, cache, on_progress, threads)
                bearing = bearing_frames(seen.survey, looks, question, asked.start, asked.end)
            questioned = Questioned(asker, account, seen.survey, stream, check=check, bearing=bearing)
            return questioned.answer(asked, history, began)


def by_measure(account: Description, asked: Question, began: float) -> Answer:
    """What measurements answer, or that they cannot."""
    told = measured_answer(account, asked)
    text, moments = told if told is not None else (cannot_tell(account, asked), [])
    cited = {id_ for moment in moments for id_ in moment.evidence}
    return Answer(
        video=account.video,
        question=asked.text,
        answer=text,
        found=told is not None,
        moments=moments,
        frames=[frame for frame in account.frames if frame.id in cited],
        model="none",
        coverage=account.coverage,
        elapsed_s=round(perf_counter() - began, 3),
        warnings=account.warnings,
    )
