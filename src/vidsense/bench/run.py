"""In: `Item`s and a model. Out: a `Result` for each item and control, as it is there; kept ones are not asked again."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from time import perf_counter
from typing import Literal

from vidsense.bench.item import Item
from vidsense.bench.judging import judge
from vidsense.bench.result import Result
from vidsense.bench.showing import CONTROLS, WORDINGS, Control, Looking, order_of, placed, prompt_for, seen_frames
from vidsense.errors import ModelError, VidSenseError
from vidsense.language.model import LanguageModel, Picture, Prompt
from vidsense.language.reply import Manner, check_fits, hear

ANSWER_TOKENS = 128
FAILURES_IN_A_ROW = 5
"""So many failures of the model one after the other end the run: it is gone."""
Keep = Callable[[Result], None]


@dataclass(frozen=True, kw_only=True)
class Asking:
    """How every question is asked. A result is reused only for the same."""

    looking: Looking = field(default_factory=Looking)
    controls: tuple[Control, ...] = CONTROLS
    max_tokens: int = ANSWER_TOKENS

    def __post_init__(self) -> None:
        if not self.controls or self.max_tokens < 1:
            raise ValueError(f"at least one control and one token are needed, got {self}")

    def key(self, item: Item, control: Control, model: LanguageModel) -> str:
        """The same for the same question, asked of the same model in the same way."""
        return item.key(control, model.identity, asdict(self.looking), self.max_tokens, WORDINGS)


@dataclass(frozen=True)
class Task:
    """One question that is still to be asked."""

    blank: Result
    item: Item
    pictures: tuple[Picture, ...] = ()
    """What the control shows."""


@dataclass(frozen=True)
class Told:
    """A result, and where it comes from."""

    result: Result
    state: Literal["asked", "kept", "unseen"]
    """"unseen": there were no frames to ask about."""


def ask_each(
    items: Iterable[Item],
    model: LanguageModel,
    asking: Asking,
    *,
    kept: Mapping[str, Result] | None = None,
    retry: bool = False,
    keep: Keep | None = None,
) -> Iterator[Result]:
    """A result for each item and control, in their order; `keep` gets what is new before it is told.

    Whatever is wrong with one video or answer is in its row. Raises `ValueError` where the model cannot see so many
    frames at once, `ModelError` where it fails again and again.
    """
    most = model.limits.pictures
    if asking.looking.frames > most and set(asking.controls) - {"blind", "middle"}:
        raise ValueError(
            f"{model.name} sees {most} pictures at once, not {asking.looking.frames}: use --frames {most}."
        )
    failures = 0
    for told in answered(tasks_for(items, model, asking, kept or {}, retry=retry), model, asking.max_tokens):
        if keep and told.state != "kept":
            keep(told.result)
        yield told.result
        failures = failures + 1 if told.state == "asked" and told.result.error else 0
        if failures == FAILURES_IN_A_ROW:
            raise ModelError(f"{model.name} failed {failures} times in a row: {told.result.error}")


def tasks_for(
    items: Iterable[Item], model: LanguageModel, asking: Asking, kept: Mapping[str, Result], *, retry: bool
) -> Iterator[Task | Told]:
    """What is to be asked, and in its place what is known already or cannot be asked."""
    place: object = None
    seen: tuple[Picture, ...] | VidSenseError = ()
    for item in items:
        for control in asking.controls:
            key = asking.key(item, control, model)
            if key in kept and not (retry and kept[key].error):
                yield Told(kept[key], "kept")
                continue
            blank = blank_result(item, control, model, key)
            if control == "blind":
                yield Task(blank, item)
                continue
            if place != (item.footage, item.start, item.end):  # several questions about one video look at it once
                place, seen = (item.footage, item.start, item.end), looked(item, asking.looking)
            if isinstance(seen, VidSenseError):
                yield Told(failed(blank, seen), "unseen")
            else:
                order = order_of(control, len(seen), asking.looking, item.footage.content())
                times = tuple(round(seen[i].pts_seconds, 3) for i in order)
                yield Task(replace(blank, frames=times), item, placed(seen, order))


def looked(item: Item, looking: Looking) -> tuple[Picture, ...] | VidSenseError:
    """The frames, or why there are none: one odd video must not end a run over thousands."""
    try:
        return tuple(seen_frames(item.footage, item.start, item.end, looking))
    except VidSenseError as error:
        return error
    except Exception as error:  # also what nobody foresaw
        return VidSenseError(f"{type(error).__name__}: {error}")


def answered(tasks: Iterator[Task | Told], model: LanguageModel, max_tokens: int) -> Iterator[Told]:
    """Each task's result in its place; as many prompts at once as the model answers."""
    at_once = model.limits.parallel
    if at_once == 1:
        for task in tasks:
            yield task if isinstance(task, Told) else Told(ask(task, model, max_tokens), "asked")
        return
    waiting: deque[Told | Future[Result]] = deque()
    pool = ThreadPoolExecutor(at_once)
    try:
        for task in tasks:
            waiting.append(task if isinstance(task, Told) else pool.submit(ask, task, model, max_tokens))
            if len(waiting) >= at_once:
                yield finished(waiting.popleft())
        while waiting:
            yield finished(waiting.popleft())
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def finished(work: "Told | Future[Result]") -> Told:
    """What came of it, as soon as it is there."""
    return work if isinstance(work, Told) else Told(work.result(), "asked")


def ask(task: Task, model: LanguageModel, max_tokens: int) -> Result:
    """What the model says to one prompt."""
    prompt = prompt_for(task.item, task.pictures)
    began = perf_counter()
    try:
        said, cut = words_of(model, prompt, max_tokens)
    except VidSenseError as error:
        return failed(task.blank, error)
    except Exception as error:  # also what nobody foresaw: one odd answer must not end the run
        return failed(task.blank, VidSenseError(f"{type(error).__name__}: {error}"))
    verdict = judge(task.item, said)
    elapsed = round(perf_counter() - began, 4)
    return replace(
        task.blank, said=said, cut=cut, elapsed_s=elapsed, right=verdict.right, exact=verdict.exact, rule=verdict.rule
    )


def words_of(model: LanguageModel, prompt: Prompt, max_tokens: int) -> tuple[str, bool]:
    """The first answer, and whether it ran out of tokens. It is not asked again: that is what is measured."""
    check_fits(model, prompt, max_tokens)
    heard = hear(model, prompt, Manner(max_tokens))
    return heard.text.strip(), heard.fault == "length"


def blank_result(item: Item, control: Control, model: LanguageModel, key: str) -> Result:
    """A result before anything was said."""
    return Result(
        question=item.question, video=item.footage.name, content=item.footage.content(), ability=item.ability,
        pair=item.pair, control=control, answer=item.answer, accepted=item.accepted, choices=item.choices,
        model=model.name, key=key,
    )  # fmt: skip


def failed(blank: Result, error: VidSenseError) -> Result:
    """A result that tells why there is no answer."""
    return replace(blank, error=" ".join(str(error).split()))
