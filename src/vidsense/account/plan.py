"""In: a video and a model. Out: `Plan`, what it will cost to have the model describe it, before it is asked."""

from math import ceil
from pathlib import Path
from time import perf_counter

from pydantic import Field

from vidsense.account.account import Description, Part
from vidsense.account.describe import described
from vidsense.account.observe import Cache, Progress, View, observe
from vidsense.account.prompts import SYSTEM, TASK
from vidsense.account.second_look import FOR_EACH_CLAIM, VERDICT_TOKENS, Check
from vidsense.account.summing import SUMMARY_TOKENS
from vidsense.account.windows import room_for, shown_size, windows_of
from vidsense.account.words import length, several
from vidsense.frames.budget import FrameBudget
from vidsense.frames.sampling import Sampling
from vidsense.language.load import opened
from vidsense.language.model import PART_TOKENS, LanguageModel, Picture, Prompt
from vidsense.language.options import ModelOptions
from vidsense.language.server import speckled

TYPICAL_ANSWER = 0.5
"""Of the room for an answer, what answers take."""
EVENTS_PER_WINDOW = 3
TRIAL_TOKENS = 24


class Plan(Part):
    """What a description will cost."""

    model: str
    context: int
    frames: int
    picture: tuple[int, int] = Field(description="(height, width) at which pictures are shown")
    tokens_per_picture: int
    windows: int
    prompts: int = Field(description="requests to the model, checks and summary included")
    tokens_read: int
    tokens_written: int = Field(description="typically; at most twice as many")
    expected_s: float | None = Field(description="from a trial on this machine; null where no model was asked")

    def to_json(self) -> str:
        """The JSON text."""
        return self.model_dump_json(indent=1)

    def to_text(self) -> str:
        """The plan in words."""
        if self.model == "none":
            return "No model: the account is measured, which costs no tokens."
        lines = [
            f"{self.model} with a context of {self.context:,} tokens:",
            f"{several(self.frames, 'frame')} of {self.picture[1]}×{self.picture[0]} pixels, "
            f"{self.tokens_per_picture} tokens each, in {several(self.windows, 'part')};",
            f"{several(self.prompts, 'request')}, {self.tokens_read:,} tokens to read, about "
            f"{self.tokens_written:,} to write;",
            f"about {length(self.expected_s or 0.0)} on this machine, as a trial with one picture went.",
        ]
        return "\n".join(lines)


def plan(
    location: str | Path,
    *,
    sampling: Sampling = "adaptive",
    frames: int | None = None,
    token_budget: int | None = None,
    tokens_per_frame: int = 196,
    start: float = 0.0,
    end: float | None = None,
    model: str | LanguageModel = "auto",
    model_options: ModelOptions | None = None,
    check: Check = "quick",
    speech_model: str | None = None,
    threads: int = 0,
    cache: Cache | None = None,
    on_progress: Progress | None = None,
) -> Plan:
    """What `describe` with the same arguments would ask of the model, and how long that would take.

    The video is measured as for a description; the model gets one picture, to see how fast it is.
    """
    began = perf_counter()
    budget, view = FrameBudget(frames, token_budget, tokens_per_frame), View(start, end, speech_model)
    with opened(model, model_options) as witness:
        observation = observe(location, view, threads=threads, cache=cache, on_progress=on_progress)
        _, account = described(observation, location, budget, sampling=sampling, threads=threads, began=began)
        return plan_of(witness, account, check) if witness else measured_plan(account)


def measured_plan(account: Description) -> Plan:
    """Without a model."""
    return Plan(
        model="none", context=0, frames=account.coverage.looked_at, picture=(0, 0), tokens_per_picture=0, windows=0,
        prompts=0, tokens_read=0, tokens_written=0, expected_s=0.0,
    )  # fmt: skip


def plan_of(model: LanguageModel, account: Description, check: Check) -> Plan:
    """What this account would cost this model."""
    size = shown_size(account.height, account.width, model.limits.picture_size)
    room, picture = room_for(model, size), model.picture_tokens(*size)
    chosen = [frame for frame in account.frames if frame.chosen]
    windows = windows_of(chosen, room.frames)
    around = model.text_tokens(SYSTEM + TASK) + room.text_tokens // 2
    shown = len(chosen) * (picture + 2 * PART_TOKENS)
    again = {"off": 0, "quick": len(windows), "full": EVENTS_PER_WINDOW * len(windows)}[check]
    read = len(windows) * around + shown + (shown + again * around if check != "off" else 0)
    answers = ceil(TYPICAL_ANSWER * room.answer_tokens) * len(windows) + SUMMARY_TOKENS // 2
    answers += again * (VERDICT_TOKENS + FOR_EACH_CLAIM * (EVENTS_PER_WINDOW if check == "quick" else 1)) // 2
    reading, writing = trial(model, size)
    return Plan(
        model=model.name,
        context=model.limits.context,
        frames=len(chosen),
        picture=size,
        tokens_per_picture=picture,
        windows=len(windows),
        prompts=len(windows) + again + 1,
        tokens_read=read,
        tokens_written=answers,
        expected_s=round(read * reading + answers * writing, 1),
    )


def trial(model: LanguageModel, size: tuple[int, int]) -> tuple[float, float]:
    """Seconds for each token read and each token written, from one picture and a few words."""
    noise = Picture("f000", 0.0, speckled(*size)[::-1].copy())
    prompt = Prompt(SYSTEM, (TASK, noise, "Say in many words what this picture shows."))
    tokens = model.text_tokens(SYSTEM + TASK) + model.picture_tokens(*size)
    began = perf_counter()
    times = [perf_counter() for piece in model.generate(prompt, max_tokens=TRIAL_TOKENS) if piece.text or piece.ended]
    first = times[0] - began
    return first / tokens, (times[-1] - times[0]) / max(1, len(times) - 1)
