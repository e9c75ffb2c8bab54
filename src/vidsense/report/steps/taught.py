"""Step 7, taught: two small matrices beside a frozen one, what they learnt, and what it cost."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from vidsense.report.markup import Markup, figure, table, tag
from vidsense.report.material import Material
from vidsense.report.steps.step import Step, float32_base64, formula, note, part, prose, uint8_base64

MEASURED = Path(__file__).parents[1] / "measured" / "lora.json"
"""Written by benchmarks/lora.py, as the adapter beside it."""
MATRICES = MEASURED.with_suffix(".npz")
"""One frozen matrix `w` (out, in), its `a` (rank, in) and `b` (out, rank), `scale` and `name`."""
TITLE = "Taught: two small matrices beside a frozen one"
USUAL_DIM, USUAL_RANK = 256, 4
"""Of nano, where no adapter lies in the package."""
LARGE_DIM, LARGE_RANK = 4096, 8
TOLD = {"action": "one action", "sequence": "a sequence", "thing": "all objects", "all": "all questions"}
WAYS = {"lora": "LoRA", "full": "every weight", "full-above-tower": "every weight above the image tower"}


def taught_step(_: Material) -> Step:
    """LoRA, with matrices that were really trained."""
    return taught(measured(), matrices())


def measured() -> dict[str, Any] | None:
    """What benchmarks/lora.py measured; nothing where it never ran."""
    if not MEASURED.is_file():
        return None
    told: dict[str, Any] = json.loads(MEASURED.read_text("utf-8"))
    return told


def matrices() -> dict[str, np.ndarray] | None:
    """The kept adapter; nothing where none was trained."""
    if not MATRICES.is_file():
        return None
    with np.load(MATRICES) as kept:
        return {name: kept[name] for name in kept.files}


def taught(told: dict[str, Any] | None, kept: dict[str, np.ndarray] | None) -> Step:
    """The step of these figures."""
    parts = [part("Beside the matrix, not in it", *matrices_part(kept)), part("The counts", *counts_part(told, kept))]
    if told is not None:
        parts.append(part("What it learnt, and what that cost", *cost_part(told)))
    return Step("taught", "Taught", TITLE, tuple(parts), taught_data(kept) if kept is not None else {})


def matrices_part(kept: dict[str, np.ndarray] | None) -> list[Markup]:
    """The idea, and the matrices themselves."""
    idea = prose(
        "To teach a trained model something new, its weights need not move. LoRA leaves a matrix W as it is and learns "
        "two thin ones: A makes few numbers of many, B makes many of few again. Their product is added to W. What was "
        "learnt before is still there, bit by bit, and what is new is a small file."
    )
    rule = formula("y = W x + s · B (A x)")
    if kept is None:
        return [idea, rule, note("No adapter was trained for this package, so that here are shapes and counts only.")]
    (rows, columns), rank = kept["w"].shape, len(kept["a"])
    change = float(kept["scale"]) * kept["b"].astype(np.float64) @ kept["a"].astype(np.float64)
    share = np.linalg.norm(change) / np.linalg.norm(kept["w"].astype(np.float64))
    words = (
        f"W is {rows} by {columns}, B {rows} by {rank}, A {rank} by {columns}; the product of B and A is as large as W "
        f"and has rank {rank}."
    )
    return [
        idea,
        rule,
        figure("taught", words, "Hover for the numbers. Both colours grow with the distance from zero."),
        note(
            f"Real numbers: {kept['name']} of nano, and its adapter after it was taught a new action. The product is "
            f"{100 * share:.0f} % as large as W (Frobenius norms). In its stripes shows that it has only {rank} "
            f"independent rows."
        ),
    ]


def counts_part(told: dict[str, Any] | None, kept: dict[str, np.ndarray] | None) -> list[Markup]:
    """d × d against 2 · d · r."""
    rows, columns = kept["w"].shape if kept is not None else (USUAL_DIM, USUAL_DIM)
    rank = len(kept["a"]) if kept is not None else USUAL_RANK
    small = rank * (rows + columns)
    lines = [
        formula(f"W: {rows} × {columns} = {rows * columns:,}"),
        formula(f"B and A: {rows} × {rank} + {rank} × {columns} = {small:,}"),
        formula(f"share: {small:,} / {rows * columns:,} = {percent(small / (rows * columns))}"),
        prose(
            f"For a square matrix that is 2 · d · r against d × d. With d = {LARGE_DIM:,}, as in a language model of "
            f"7 billion weights, and r = {LARGE_RANK}: {2 * LARGE_DIM * LARGE_RANK:,} against {LARGE_DIM**2:,}, "
            f"{percent(2 * LARGE_RANK / LARGE_DIM)}."
        ),
    ]
    if told is not None:
        run = told["runs"][0]
        lines.append(
            prose(
                f"In all of nano, {run['learn']:,} numbers learnt, beside {run['all']:,} that stayed: "
                f"{percent(run['learn'] / run['all'])}. Learning needs a gradient and two moments for each number that "
                f"learns: {run['learning_mib']:.1f} MiB instead of {12 * run['all'] / 2**20:.0f}."
            )
        )
    return lines


def cost_part(told: dict[str, Any]) -> list[Markup]:
    """Before and after, beside learning with every weight."""
    runs, before = told["runs"], told["before"]
    names = [WAYS.get(run["way"], run["way"]) for run in runs]
    rows = [("the new action", share(before["new"]["action"]), *(share(run["new"]["action"]) for run in runs))]
    rows += [
        (f"before known: {name}", share(before["old"][key]), *(share(run["old"][key]) for run in runs))
        for key, name in TOLD.items()
        if key in before["old"]
    ]
    rows.append(("numbers that learn", "", *(f"{run['learn']:,}" for run in runs)))
    rows.append(("seconds of one core", "", *(f"{run['processor_seconds']:.0f}" for run in runs)))
    rows.append(("steps", "", *(str(run["best_step"]) for run in runs)))
    clips = told["clips"]
    return [
        prose(
            f"nano knows twenty actions; jumping is not among them. It was shown {clips['learnt']} clips of somebody "
            f"jumping and {clips['replayed']} of what it knew, so that it did not answer “jumps” to everything; "
            f"{clips['held out']} further clips said when to end. Right answers, word for word, on {clips['tested']} "
            f"new clips and {clips['old']} old ones of looks that it never saw:"
        ),
        table(("", "before", *names), rows, caption="Taught a new action"),
        note(
            "Measured by benchmarks/lora.py: ", tag("code", "vidsense finetune"), " does the same with clips of yours."
        ),
    ]


def share(told: dict[str, Any]) -> str:
    """A share of right answers."""
    return f"{100 * told['share']:.1f} %"


def percent(part_of: float) -> str:
    """A share with two digits that count.

    >>> percent(0.03125), percent(0.0039)
    ('3.1 %', '0.39 %')
    """
    return f"{100 * part_of:.1f} %" if part_of >= 0.01 else f"{100 * part_of:.2f} %"


def taught_data(kept: dict[str, np.ndarray]) -> dict[str, Any]:
    """W in 255 steps, A and B exact."""
    w = kept["w"].astype(np.float32)
    most = float(np.abs(w).max()) or 1.0
    return {
        "taught": {
            "rows": w.shape[0],
            "columns": w.shape[1],
            "rank": len(kept["a"]),
            "scale": float(kept["scale"]),
            "most": most,
            "w": uint8_base64(np.round(w / most * 127) + 127),
            "a": float32_base64(kept["a"]),
            "b": float32_base64(kept["b"]),
        }
    }
