"""In: a base, data, options. Out: a folder with an adapter and a report. `vidsense finetune` calls this."""

import json
import platform
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from vidsense.training.finetune.options import TuneOptions
from vidsense.training.finetune.report import Report, Run, Scores, told_of
from vidsense.training.finetune.rows import Rows, clips_of, parted, read_rows

Say = Callable[[str], None]
OPTIONS, REPORT = "options.json", "report.json"


@dataclass(frozen=True)
class Wanted:
    """What to teach, and what to do beside it."""

    base: str
    """nano, nano/FOLDER, or hf/NAME-or-FOLDER."""
    data: Path
    out: Path
    test: Path | None = None
    """New clips that are never learnt; without it the held-out share is what is measured."""
    old: Path | None = None
    """Questions that it could answer before; nano has the drawn world for that."""
    merge: bool = False
    compare_full: bool = False
    device: str = "auto"
    threads: int = 1

    @property
    def work(self) -> Path:
        """Where a run that goes on finds what it did."""
        return self.out / "work"


def tune(wanted: Wanted, options: TuneOptions, say: Say = lambda _: None) -> Report | None:
    """Teach, measure, write. Nothing when it was stopped: the same call goes on exactly where it was.

    Raises `ValueError` for data or options that cannot be used, `ModelError` and `SourceError` for base and videos.
    """
    new, test, old = (read_rows(path) if path else [] for path in (wanted.data, wanted.test, wanted.old))
    rows = Rows(new, test, old)
    begin_or_go_on(wanted, options)
    torch.set_num_threads(max(wanted.threads, 1))
    kind, _, name = wanted.base.partition("/")
    if kind == "hf" and name and not Path(wanted.base).is_dir():
        report = tuned_hub(name, wanted, options, rows, say)
    else:
        report = tuned_nano(wanted, options, rows, say)
    if report is not None:
        (wanted.out / REPORT).write_text(report.json(), "utf-8")
    return report


def tuned_nano(wanted: Wanted, options: TuneOptions, rows: Rows, say: Say) -> Report | None:
    """nano, with what it knew drawn anew."""
    from vidsense.training.finetune.nano_base import load_nano_base
    from vidsense.training.finetune.nano_tuning import COUNTING, NanoTuning, clips_in, prepared

    if rows.old:
        raise ValueError("--old is for hf/ models: what nano knew is drawn (--old-clips).")
    base = load_nano_base(wanted.base)
    material = prepared(base, rows, options, wanted.work, say=say)
    tuning = NanoTuning(base, material, options, wanted.work, say=say)
    before = tuning.exam(base.mind)
    runs = [tuning.with_adapter(wanted.out, merge=wanted.merge)]
    if wanted.compare_full and runs[0] is not None:
        runs += [tuning.with_all(tower=True)]
        runs += [tuning.with_all(tower=False)] if runs[-1] is not None else []
    return report_of(
        wanted, options, clips_in(material, own_test=bool(rows.test)), counting=COUNTING, before=before, runs=runs
    )


def tuned_hub(name: str, wanted: Wanted, options: TuneOptions, rows: Rows, say: Say) -> Report | None:
    """A model of transformers."""
    from vidsense.training.finetune.hf_tuning import COUNTING, HubTuning

    if wanted.compare_full:
        raise ValueError("--compare-full is for nano: every weight of a model of transformers would not fit beside it.")
    tuning = HubTuning(name, rows, options, wanted.work, say=say, device=wanted.device, threads=wanted.threads)
    before = tuning.exam()
    runs = [tuning.with_adapter(wanted.out, merge=wanted.merge)]
    learnt, held_out = parted(rows.new, options.held_out, options.seed)
    numbers = {"learnt": learnt, "held out": held_out, "tested": rows.test, "old": rows.old}
    clips = {kind: len(clips_of(its)) for kind, its in numbers.items()}
    return report_of(wanted, options, clips, counting=COUNTING, before=before, runs=runs)


def report_of(
    wanted: Wanted, options: TuneOptions, clips: dict[str, int], *, counting: str, before: tuple[Scores, Scores],
    runs: Sequence[Run | None],
) -> Report | None:  # fmt: skip
    """Everything, or nothing when a run was stopped."""
    done = [run for run in runs if run is not None]
    if len(done) < len(runs):
        return None
    new, old = before
    machine = (
        f"{platform.machine()}, {wanted.threads} thread{'s' if wanted.threads > 1 else ''}, torch {torch.__version__}"
    )
    return Report(
        base=wanted.base, data=str(wanted.data), options=options.told(), clips=clips, counting=counting,
        before={"new": told_of(new), "old": told_of(old)}, runs=done, machine=machine,
        warnings=warnings_of(clips, own_test=wanted.test is not None),
    )  # fmt: skip


def warnings_of(clips: dict[str, int], *, own_test: bool) -> list[str]:
    """What a reader of the figures must know."""
    said = []
    if not own_test:
        said.append(
            f"What is new was measured on the {clips['held out']} held-out clips, which also decided when to end: name "
            "others with --test for a figure that nothing was chosen by."
        )
    if not clips.get("old"):
        said.append("What was forgotten was not measured.")
    return said


def begin_or_go_on(wanted: Wanted, options: TuneOptions) -> None:
    """Note what the run depends on. Raises `ValueError` when the folder holds a run that is another."""
    told: dict[str, Any] = {"base": wanted.base, "data": str(wanted.data.resolve()), **options.told()}
    kept = wanted.work / OPTIONS
    if kept.exists():
        before = json.loads(kept.read_text("utf-8"))
        changed = sorted(name for name in told if told[name] != before.get(name))
        if changed:
            name = changed[0]
            raise ValueError(
                f"{wanted.out} holds a run with {name} {before.get(name)!r}, not {told[name]!r}: name another folder "
                "for --out, or remove that one."
            )
        return
    wanted.work.mkdir(parents=True, exist_ok=True)
    kept.write_text(json.dumps(told, indent=1) + "\n", "utf-8")
