"""In: a loaded model and its inputs. Out: the ids of its answer, as they are written, in a thread of its own."""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from queue import Queue
from threading import Event, Thread
from typing import Any

import torch
from torch import Tensor
from transformers import (
    GenerationConfig,
    LogitsProcessorList,
    PreTrainedModel,
    RepetitionPenaltyLogitsProcessor,
    StoppingCriteria,
    StoppingCriteriaList,
)
from transformers.generation.streamers import BaseStreamer

from vidsense.language.model import Decoding

MOST_LIKELY, LIKELY_SHARE = 40, 0.95
"""What may be drawn when the temperature is above 0: as in llama.cpp."""


@dataclass(frozen=True)
class Terms:
    """How long an answer may be, what ends it, and how its tokens are picked."""

    max_tokens: int
    ends: tuple[int, ...]
    """Tokens that end it."""
    decoding: Decoding


class Outlet(BaseStreamer):
    """Hands each token on as it comes."""

    def __init__(self, queue: Queue[int | BaseException | None]) -> None:
        self._queue, self._began = queue, False

    def put(self, value: Tensor) -> None:
        """The prompt comes first, and is not handed on."""
        if self._began:
            for token in value.flatten().tolist():
                self._queue.put(token)
        self._began = True

    def end(self) -> None:
        """The thread says itself that it is done."""


class Halt(StoppingCriteria):
    """Ends an answer that nobody wants any more, at its next token."""

    def __init__(self, wanted: Event) -> None:
        self._wanted = wanted

    def __call__(self, input_ids: Tensor, scores: Tensor, **_: Any) -> Tensor:
        """For each answer of the batch."""
        return torch.full((len(input_ids),), self._wanted.is_set(), device=input_ids.device)


def written(
    model: PreTrainedModel, inputs: Callable[[], dict[str, Tensor]], terms: Terms, halt: Event
) -> Generator[int, None, None]:
    """The ids of an answer. Whoever stops reading, or sets `halt`, ends it at its next token."""
    queue: Queue[int | BaseException | None] = Queue()

    def work() -> None:
        try:
            write(model, inputs, terms, halt, Outlet(queue))
            queue.put(None)
        except BaseException as error:  # whatever it is, the reader must learn of it
            queue.put(error)

    thread = Thread(target=work, name="vidsense-writer", daemon=True)
    thread.start()
    try:
        while (item := queue.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        halt.set()
        thread.join()


def write(
    model: PreTrainedModel, inputs: Callable[[], dict[str, Tensor]], terms: Terms, halt: Event, outlet: Outlet
) -> None:
    """Write an answer into the outlet."""
    devices = [model.device] if model.device.type == "cuda" else []
    with torch.inference_mode(), torch.random.fork_rng(devices):
        torch.manual_seed(terms.decoding.seed)
        given: dict[str, Any] = inputs()
        generate: Any = model.generate
        generate(
            **given,
            generation_config=config_of(terms),
            logits_processor=penalties(terms.decoding.repeat_penalty, given["input_ids"].shape[1]),
            stopping_criteria=StoppingCriteriaList([Halt(halt)]),
            streamer=outlet,
        )


def config_of(terms: Terms) -> GenerationConfig:
    """How the next token is picked."""
    temperature = terms.decoding.temperature
    drawn = {"temperature": temperature, "top_k": MOST_LIKELY, "top_p": LIKELY_SHARE} if temperature else {}
    config: Any = GenerationConfig
    made: GenerationConfig = config(
        max_new_tokens=terms.max_tokens,
        do_sample=temperature > 0,
        eos_token_id=list(terms.ends),
        pad_token_id=terms.ends[0],
        **drawn,
    )
    return made


def penalties(repeat_penalty: float, prompt_tokens: int) -> LogitsProcessorList:
    """Against words that an answer repeats; the ids and words of its prompt it may and must repeat."""
    if repeat_penalty == 1.0:
        return LogitsProcessorList()
    return LogitsProcessorList([RepetitionPenaltyLogitsProcessor(float(repeat_penalty), prompt_tokens)])
