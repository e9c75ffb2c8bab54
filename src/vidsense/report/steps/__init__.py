"""The steps of the page, in the order of the demonstration. Another one is a module here and a line in `STEPS`."""

from vidsense.report.steps.attention import attention_step
from vidsense.report.steps.embeddings import embeddings_step
from vidsense.report.steps.smaller import smaller_step
from vidsense.report.steps.step import MakeStep
from vidsense.report.steps.taught import taught_step
from vidsense.report.steps.tokens import tokens_step
from vidsense.report.steps.video import video_step
from vidsense.report.steps.words import words_step

STEPS: tuple[MakeStep, ...] = (
    video_step, tokens_step, embeddings_step, attention_step, words_step, smaller_step, taught_step,
)  # fmt: skip

__all__ = ["STEPS"]
