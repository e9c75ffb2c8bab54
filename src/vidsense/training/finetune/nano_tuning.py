"""In: nano and rows of a user. Out: what it learnt and forgot, its adapter, and on request the model with it merged."""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from torch import nn

from vidsense.score import Score
from vidsense.training.finetune.adapter import AdapterSize, adapted, counts_of, merged, save_adapter
from vidsense.training.finetune.learning import Learning
from vidsense.training.finetune.memory import forget_peak, peak_mib
from vidsense.training.finetune.nano_base import Mind, NanoBase, write_nano_folder
from vidsense.training.finetune.nano_clips import Seen, seen_rows, seen_seeds
from vidsense.training.finetune.nano_lesson import Batch, NanoLesson, NanoTask, scores_of
from vidsense.training.finetune.options import TuneOptions
from vidsense.training.finetune.report import Run, run_of
from vidsense.training.finetune.rows import Rows, parted
from vidsense.training.graphs import plain_attention
from vidsense.training.run import Schedule, train_stage

TARGETS = (
    r".*language\.model\.layers\.\d+\.(self_attn\.(q|k|v|o)_proj|mlp\.(gate|up|down)_proj)"
    r"|.*projector\.(frame|thing)\.(0|2)"
    r"|.*temporal\.(token\.0|encoder\.layers\.\d+\.linear[12])"
)
"""Every matrix of the language model's layers and of the projector, and of the temporal transformer those that are
plain matrices: what moves up and down is told by no frame alone. The tower stays as it is."""
HELD_OUT_OLD = 10_000
"""The first seed of the replayed kind that is only measured."""
HELD_OUT_OLD_CLIPS = 40
COUNTING = "An answer counts as right when the model writes it word for word; other wordings do not count."
WARMUP_STEPS = 10
Say = Callable[[str], None]
FROZEN_TOWER = ("nano.image", "nano.dense")
HEADS = "nano.events"


@dataclass(frozen=True, eq=False)
class NanoMaterial:
    """Everything that is looked at."""

    task: NanoTask
    test: Seen
    """New clips that are never learnt: those of the user, else the held-out ones."""
    old_test: Seen | None


def prepared(base: NanoBase, rows: Rows, options: TuneOptions, work: Path, *, say: Say) -> NanoMaterial:
    """Decode, draw, look: all that can be done once."""
    learnt, held_out = parted(rows.new, options.held_out, options.seed)
    new, back = seen_rows(base, learnt, work, say), seen_rows(base, held_out, work, say)
    old = old_back = old_test = None
    if options.replay:
        old = seen_seeds(base, "train", range(options.replay), work, say)
        kept_back = range(HELD_OUT_OLD, HELD_OUT_OLD + HELD_OUT_OLD_CLIPS)
        old_back = seen_seeds(base, "train", kept_back, work, say)
    if options.old_clips:
        old_test = seen_seeds(base, "looks", range(options.old_clips), work, say)
    task = NanoTask(new, back, old, old_back)
    return NanoMaterial(task, seen_rows(base, rows.test, work, say) if rows.test else back, old_test)


class NanoTuning:
    """One base, one material; each way of learning starts from the same weights."""

    def __init__(self, base: NanoBase, material: NanoMaterial, options: TuneOptions, work: Path, *, say: Say) -> None:
        self.base, self.material, self.options, self.work, self.say = base, material, options, work, say
        self.device = next(base.mind.parameters()).device

    def exam(self, mind: Mind, *, with_tower: bool = False) -> tuple[dict[str, Score], dict[str, Score]]:
        """Right answers to the new and to the old."""
        with plain_attention():
            new = scores_of(mind, self.material.test, self.base.tokenizer, with_tower=with_tower)
            if self.material.old_test is None:
                return new, {}
            return new, scores_of(mind, self.material.old_test, self.base.tokenizer, with_tower=with_tower)

    def with_adapter(self, out: Path, *, merge: bool) -> Run | None:
        """Learn two small matrices beside each of some; nothing when it was stopped before the end."""
        mind = copy.deepcopy(self.base.mind)
        model = adapted(mind, AdapterSize(self.options.rank, TARGETS), str(self.base.folder), self.options.seed)
        run = self.learnt("lora", mind, model, self.options.learning_rate)
        save_adapter(model, out)
        if merge and run is not None:
            self.say("merging the adapter into the weights")
            write_nano_folder(self.base, cast(Mind, merged(model)), out / "merged")
        return run

    def with_all(self, *, tower: bool) -> Run | None:
        """Learn every weight that answers; with the tower, it must look anew in every step."""
        mind = copy.deepcopy(self.base.mind)
        for name, parameter in mind.named_parameters():
            parameter.requires_grad_(not name.startswith((HEADS, *(() if tower else FROZEN_TOWER))))
        name = "full" if tower else "full-above-tower"
        return self.learnt(name, mind, mind, self.options.full_learning_rate, with_tower=tower)

    def learnt(self, way: str, mind: Mind, model: nn.Module, rate: float, *, with_tower: bool = False) -> Run | None:
        """Train, measure, and tell."""
        options, counts = self.options, counts_of(model)
        learning = Learning(model, options.patience)
        schedule = Schedule(
            options.steps, rate, warmup_steps=WARMUP_STEPS, log_every=options.measure_every,
            measure_every=options.measure_every, save_every=options.measure_every,
        )  # fmt: skip
        lesson = NanoLesson(
            way, mind, learning, self.material.task, schedule, tokenizer=self.base.tokenizer,
            teacher=self.base.mind,
            batch=Batch(options.batch, options.batch if self.material.task.old is not None else 0),
            with_tower=with_tower,
        )  # fmt: skip
        self.say(f"{way}: {counts[0]:,} of {counts[1]:,} numbers learn ({100 * counts[0] / counts[1]:.2f} %)")
        forget_peak(self.device)
        with plain_attention():
            done = train_stage(lesson, self.work, say=self.say, enough=lambda: learning.enough)
        peak = peak_mib(self.device)
        learning.take_best()
        if not done:
            return None
        new, old = self.exam(mind, with_tower=with_tower)
        return run_of(way, learning, counts, peak, steps=options.steps, new=new, old=old)


def clips_in(material: NanoMaterial, *, own_test: bool) -> dict[str, int]:
    """How many clips of each kind there are."""
    sizes: dict[str, Any] = {
        "learnt": material.task.new, "held out": material.task.new_held_out, "replayed": material.task.old,
        "tested": material.test if own_test else None, "old": material.old_test,
    }  # fmt: skip
    return {name: len(seen) for name, seen in sizes.items() if seen is not None}
