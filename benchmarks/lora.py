"""What does LoRA teach nano, what does it cost, what is forgotten? Writes the table of docs/finetuning.md.

    python benchmarks/lora.py                      # the package's nano; under ten minutes of one core
    python benchmarks/lora.py --base FOLDER        # another one, as `vidsense train export` writes it
    python benchmarks/lora.py --keep FOLDER        # keep clips and runs there: an ended run goes on

A new action, jumping, is taught from 100 drawn clips in files, of which 20 are held out to say when to end. It is
measured on 100 others of unseen looks; what was known before, on 500 clips of unseen looks, before and after.
Beside LoRA: every weight learns (the tower looks anew in each step), and every weight above the tower (what the tower
saw is computed once, as for LoRA).
"""

import argparse
import json
import tempfile
from pathlib import Path

import numpy as np
import torch

from vidsense.cli.main import run as vidsense
from vidsense.report.steps.taught import MATRICES, MEASURED
from vidsense.training.finetune.adapter import pairs_of, with_adapter
from vidsense.training.finetune.nano_base import load_nano_base
from vidsense.training.finetune.nano_clips import seen_stories
from vidsense.training.finetune.nano_tuning import COUNTING, NanoMaterial, NanoTuning, clips_in, prepared
from vidsense.training.finetune.options import TuneOptions
from vidsense.training.finetune.report import Report, told_of
from vidsense.training.finetune.rows import Rows, read_rows
from vidsense.training.world.lesson import tell_lesson

LESSON, LEARNT, TESTED, OLD = "jumps", 100, 100, 500
PAGE = Path(__file__).parents[1] / "docs" / "finetuning.md"
BEGIN, END = "<!-- benchmarks/lora.py -->", "<!-- end -->"
ABILITIES = ("action", "sequence", "thing", "first", "last", "before/after", "colour", "count", "direction", "where",
             "yes/no", "caption", "all")  # fmt: skip
NAMES = {"lora": "LoRA", "full": "every weight", "full-above-tower": "every weight above the tower"}


def measured(base_name: str, folder: Path, options: TuneOptions) -> None:
    """All runs, from the same base on the same clips."""
    clips = folder / LESSON
    if not (clips / "questions.jsonl").exists():
        print(f"drawing {LEARNT} clips into {clips}", flush=True)
        vidsense(["world", "--lesson", LESSON, "--count", str(LEARNT), "-o", str(clips)])
    base, work = load_nano_base(base_name), folder / "work"
    material = prepared(base, Rows(read_rows(clips)), options, work, say=say)
    stories = [tell_lesson(LESSON, seed, "looks") for seed in range(TESTED)]
    material = NanoMaterial(material.task, seen_stories(base, stories, f"{LESSON}-looks", work, say), material.old_test)
    tuning = NanoTuning(base, material, options, work, say=say)
    before = tuning.exam(base.mind)
    report = Report(
        base=base_name, data=f"{LEARNT} clips of the lesson {LESSON!r}", options=options.told(),
        clips=clips_in(material, own_test=True), counting=COUNTING,
        before={"new": told_of(before[0]), "old": told_of(before[1])}, runs=[],
        machine=f"one thread, float32, torch {torch.__version__}",
    )  # fmt: skip
    ways = (
        lambda: tuning.with_adapter(folder / "adapter", merge=False),
        lambda: tuning.with_all(tower=False),
        lambda: tuning.with_all(tower=True),
    )
    for way in ways:  # each is written as soon as it is there
        run = way()
        if run is None:
            raise SystemExit(f"stopped; the same command goes on with --keep {folder}")
        report.runs.append(run)
        MEASURED.parent.mkdir(parents=True, exist_ok=True)
        MEASURED.write_text(report.json(), "utf-8")
        say(report.text())


def say(line: str) -> None:
    print(line, flush=True)


def keep_matrices(base: str, adapter: Path) -> None:
    """The square matrix that learnt most, with its two small ones, for the page of `vidsense explain`."""
    pairs = [
        p for p in pairs_of(with_adapter(load_nano_base(base).mind, adapter)) if p.frozen.shape[0] == p.frozen.shape[1]
    ]
    pair = max(pairs, key=lambda p: float((p.b @ p.a).norm() * p.scale / p.frozen.norm()))
    np.savez_compressed(
        MATRICES, w=pair.frozen.numpy().astype(np.float16), a=pair.a.numpy(), b=pair.b.numpy(), scale=pair.scale,
        name=pair.name.removeprefix("speaker."),
    )  # fmt: skip


def percent(told: dict) -> str:
    """A share with its interval."""
    low, high = told["interval"]
    return f"{100 * told['share']:.1f} % ({100 * low:.0f}–{100 * high:.0f})"


def seconds_to(run: dict, right: float) -> float | None:
    """Processor seconds of learning until so many held-out answers are right."""
    return next((each["processor_seconds"] for each in run["curve"] if each["right"] >= right), None)


def tables(told: dict) -> str:
    """Markdown."""
    runs = told["runs"]
    same = min(max(each["right"] for each in run["curve"]) for run in runs)
    lines = [
        f"Base: {told['base']}. {told['machine']}. Clips: "
        + ", ".join(f"{number} {name}" for name, number in told["clips"].items()) + f". {told['counting']}",
        "",
        "| | " + " | ".join(NAMES[run["way"]] for run in runs) + " |",
        "|---|" + "---|" * len(runs),
        "| numbers that learn | " + " | ".join(f"{r['learn']:,} ({100 * r['share']:.2f} %)" for r in runs) + " |",
        "| the new action, told right | " + " | ".join(percent(r["new"]["action"]) for r in runs) + " |",
        "| the same before | " + " | ".join(percent(told["before"]["new"]["action"]) for _ in runs) + " |",
        "| steps until the best measure | " + " | ".join(str(r["best_step"]) for r in runs) + " |",
        "| seconds of one core until then | " + " | ".join(f"{r['processor_seconds']:.0f}" for r in runs) + " |",
        f"| seconds until {100 * same:.0f} % of held-out answers are right | "
        + " | ".join("never" if (s := seconds_to(r, same)) is None else f"{s:.0f}" for r in runs) + " |",
        "| most memory of the process, MiB | " + " | ".join(f"{r['peak_mib'] or 0:,.0f}" for r in runs) + " |",
        "| gradients and moments (computed), MiB | " + " | ".join(f"{r['learning_mib']:.2f}" for r in runs) + " |",
        "",
        "What was known before, on unseen looks:",
        "",
        "| ability | asked | before | " + " | ".join(NAMES[run["way"]] for run in runs) + " |",
        "|---|---:|---:|" + "---:|" * len(runs),
    ]  # fmt: skip
    before = told["before"]["old"]
    for ability in ABILITIES:
        if ability in before:
            cells = [f"{100 * run['old'][ability]['share']:.1f}" for run in runs]
            lines.append(
                f"| {ability} | {before[ability]['asked']} | {100 * before[ability]['share']:.1f} | "
                + " | ".join(cells)
                + " |"
            )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--base", default="nano")
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--only-table", action="store_true", help="write the table again from what was measured")
    arguments = parser.parse_args()
    if not arguments.only_table:
        torch.set_num_threads(1)
        with tempfile.TemporaryDirectory() as folder:
            home = arguments.keep or Path(folder)
            measured(arguments.base, home, TuneOptions(old_clips=OLD))
            keep_matrices(arguments.base, home / "adapter")
    text = tables(json.loads(MEASURED.read_text("utf-8")))
    print(text)
    page = PAGE.read_text("utf-8")
    head, _, rest = page.partition(BEGIN)
    PAGE.write_text(f"{head}{BEGIN}\n{text}\n{END}{rest.partition(END)[2]}", "utf-8")


if __name__ == "__main__":
    main()
