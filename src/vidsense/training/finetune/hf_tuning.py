"""In: a vision-language model of transformers and rows of a user. Out: what it learnt and forgot, and its adapter."""

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from transformers import PreTrainedModel

from vidsense.language.local.checkpoint import checkpoint_of
from vidsense.language.local.weights import explained, load
from vidsense.language.options import ModelOptions
from vidsense.score import Score
from vidsense.training.finetune.adapter import AdapterSize, adapted, counts_of, merged, save_adapter
from vidsense.training.finetune.hf_lesson import HubLesson, Questioner, examined_rows
from vidsense.training.finetune.learning import Learning
from vidsense.training.finetune.memory import forget_peak, peak_mib
from vidsense.training.finetune.options import TuneOptions
from vidsense.training.finetune.report import Run, run_of
from vidsense.training.finetune.rows import Row, Rows, parted
from vidsense.training.run import Schedule, train_stage

TARGETS = r".*(text_model|language_model)\.layers\.\d+\.(self_attn\.(q|k|v|o)_proj|mlp\.(gate|up|down)_proj)"
"""Every matrix of the language model's layers. The image tower and what joins the two stay as they are."""
COUNTING = "An answer counts as right when the model writes it word for word; other wordings do not count."
WARMUP_STEPS = 10
NOT_WEIGHTS = (".safetensors", ".bin", ".index.json", ".md", ".gitattributes", ".pt", ".gguf")
Say = Callable[[str], None]


class HubTuning:
    """One model of transformers, loaded as `--model hf/NAME` loads it."""

    def __init__(
        self, name: str, rows: Rows, options: TuneOptions, work: Path, *, say: Say, device: str = "auto",
        threads: int = 0,
    ) -> None:  # fmt: skip
        self.checkpoint = checkpoint_of(name)
        self.loaded = load(self.checkpoint, ModelOptions(device=device, threads=threads))
        assert self.loaded.model is not None
        self.model: PreTrainedModel = self.loaded.model
        self.options, self.work, self.say, self.old = options, work, say, rows.old
        self.learnt, self.held_out = parted(rows.new, options.held_out, options.seed)
        self.test = rows.test or self.held_out
        self.questioner = Questioner(self.model, self.loaded, options.frames)
        for number, row in enumerate((*rows.new, *rows.test, *rows.old), start=1):
            self.questioner.frames(row)
            if number % 50 == 0:
                say(f"decoded the clips of {number} questions")

    def exam(self) -> tuple[dict[str, Score], dict[str, Score]]:
        """Right answers to the new and to the old."""
        self.model.train(False)
        with explained(self.checkpoint.name, self.loaded.place):
            return self.scores(self.test), self.scores(self.old)

    def scores(self, rows: Sequence[Row]) -> dict[str, Score]:
        """Ability → so many of so many."""
        right: dict[str, list[bool]] = {}
        for row, (_, hit) in zip(rows, examined_rows(self.questioner, rows), strict=True):
            right.setdefault(row.ability, []).append(hit)
        return {ability: Score(sum(found), len(found)) for ability, found in sorted(right.items())}

    def with_adapter(self, out: Path, *, merge: bool) -> Run | None:
        """Learn two small matrices beside each of the language model's; nothing when it was stopped before the end."""
        options = self.options
        model = adapted(self.model, AdapterSize(options.rank, TARGETS), self.checkpoint.name, options.seed)
        counts, learning = counts_of(model), Learning(model, options.patience)
        schedule = Schedule(
            options.steps, options.learning_rate, warmup_steps=WARMUP_STEPS, log_every=options.measure_every,
            measure_every=options.measure_every, save_every=options.measure_every,
        )  # fmt: skip
        lesson = HubLesson(
            learning, self.questioner, self.learnt, schedule, held_out=self.held_out, batch=options.batch
        )
        self.say(f"lora: {counts[0]:,} of {counts[1]:,} numbers learn ({100 * counts[0] / counts[1]:.2f} %)")
        forget_peak(self.model.device)
        with explained(self.checkpoint.name, self.loaded.place):
            done = train_stage(lesson, self.work, say=self.say, enough=lambda: learning.enough)
        peak = peak_mib(self.model.device)
        learning.take_best()
        save_adapter(model, out)
        if not done:
            return None
        new, old = self.exam()
        run = run_of("lora", learning, counts, peak, steps=options.steps, new=new, old=old)
        if merge:
            self.say("merging the adapter into the weights")
            self.write_merged(merged(model), out / "merged")
        return run

    def write_merged(self, plain: Any, folder: Path) -> None:
        """The model in the base's format, with its tokenizer and everything else that lies beside its weights."""
        folder.mkdir(parents=True, exist_ok=True)
        for file in self.checkpoint.folder.iterdir():
            if file.is_file() and not file.name.endswith(NOT_WEIGHTS):
                shutil.copyfile(file, folder / file.name)
        plain.generation_config.eos_token_id = list(self.loaded.ends)
        plain.save_pretrained(folder)
