"""Step 6, smaller: one real weight matrix in 8, 4 and 2 bits, what comes back of it, and what that costs in answers."""

import json
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from vidsense.language.rounding import LAYOUTS, SUPER_BLOCK, Rounded, one_scale, relative_error, rounded
from vidsense.report.markup import Markup, figure, table, tag
from vidsense.report.material import Material
from vidsense.report.steps.step import Step, float32_base64, formula, note, part, prose, series, uint8_base64
from vidsense.vision.checkpoint import read_tensors
from vidsense.vision.nano import nano_folder

MEASURED = Path(__file__).parents[1] / "measured" / "quantization.json"
TITLE = "Smaller: the same weights in fewer bits"
MISSING = (
    "Here a weight matrix of nano's language model would be rounded before your eyes, but this package holds no "
    "weights of nano (`vidsense train nano` makes them), and random ones would show nothing."
)
BINS = 81
ROWS = 8
"""Rows of the matrix that a reader can pick."""
FAR = 3.0
"""Standard deviations from which on a weight counts as an outlier; of a bell curve 0.27 % lie there."""


def smaller_step(material: Material) -> Step:
    """Quantization: calibrate, quantize, dequantize. The same for every video."""
    weights = language_weights(nano_folder())
    measured = part("What it costs, measured", *measured_part(read_measured(MEASURED), nano_folder()))
    if weights is None:
        return Step("smaller", "Smaller", TITLE, (part(None, note(MISSING)), measured))
    name = farthest(weights)
    matrix, made = weights[name], [rounded(weights[name], layout) for layout in LAYOUTS]
    parts = (
        part("One matrix of many", *matrix_part(name, matrix, sum(each.size for each in weights.values()))),
        part("One block, worked through", *block_part()),
        part("What comes back", *back_part(matrix, made)),
        measured,
    )
    return Step("smaller", "Smaller", TITLE, parts, {"smaller": smaller_data(matrix, made)})


def language_weights(folder: Path) -> Mapping[str, np.ndarray] | None:
    """Of nano's language model; none where there are none, or where the rows of no matrix fill blocks."""
    path = folder / "language" / "model.safetensors"
    weights = read_tensors(path) if path.is_file() else {}
    return weights if any(fills_blocks(each) for each in weights.values()) else None


def fills_blocks(weights: np.ndarray) -> bool:
    """Whether k-quants can hold it."""
    return weights.ndim == 2 and weights.shape[1] % SUPER_BLOCK == 0


def farthest(weights: Mapping[str, np.ndarray]) -> str:
    """The matrix with the farthest outlier, counted in its own standard deviations."""
    held = {name: each for name, each in weights.items() if fills_blocks(each)}
    return max(held, key=lambda name: float(np.abs(held[name]).max() / max(held[name].std(), 1e-12)))


def matrix_part(name: str, matrix: np.ndarray, count: int) -> list[Markup]:
    """Its distribution, which a grid must fit: calibration."""
    rows, width = matrix.shape
    spread, largest = float(matrix.std()), float(np.abs(matrix).max())
    far = float((np.abs(matrix - matrix.mean()) > FAR * spread).mean())
    return [
        prose(
            f"nano's language model has {count:,} weights. In float32 each takes 32 bits: {4 * count / 1e6:.1f} MB. To "
            "make it smaller, each weight is replaced by the nearest of a few values, and only the number of that "
            f"value is kept. This is the one of its matrices whose largest weight lies farthest out, {rows} × {width} "
            f"= {matrix.size:,} weights: ",
            tag("code", name),
            ".",
        ),
        figure(
            "weights",
            f"A histogram of the {matrix.size:,} weights: most lie near zero, the largest at {largest:.3f}.",
            "Calibration: where the weights lie decides where the grid must lie. Ticks: the values that one grid for "
            "the whole matrix would have at so many bits. Hover for the counts.",
        ),
        prose(
            f"The weights' standard deviation is {spread:.4f}, the largest is {largest:.4f}, {largest / spread:.1f} "
            f"times as much; {100 * far:.2f} % lie beyond {FAR:g} standard deviations (of a bell curve, 0.27 % would). "
            "The few far ones stretch a grid that all weights share, and most of its values are then spent where "
            "hardly any weight is. So each few neighbours get a grid of their own."
        ),
    ]


def block_part() -> list[Markup]:
    """Quantize and dequantize, with the numbers of one block."""
    return [
        formula("8 bits:  q = round(w / scale),  back = scale · q"),
        formula("4 and 2 bits:  q = round((w + minimum) / scale),  back = scale · q − minimum"),
        figure(
            "block",
            "The weights of one block, the values that they may take, and the nearest one of each.",
            "Dots: the weights. Lines: the values of the grid. Bars: the error. Pick another row, block or number of "
            "bits.",
        ),
        note(
            "The layouts are those of llama.cpp. Q8_0: 32 weights share a scale, a float16. Q4_K: 32 weights share a "
            "scale and a minimum in 6 bits each, Q2_K: 16 weights in 4 bits each; 256 weights share the two float16, d "
            "and dmin, that scale those. llama.cpp searches for somewhat better scales than the plain ones here."
        ),
    ]


def back_part(matrix: np.ndarray, made: Sequence[Rounded]) -> list[Markup]:
    """The error of the whole matrix, in numbers and words."""
    rows = [
        (
            f"{each.layout.bits} bits ({each.layout.name})",
            f"{each.layout.bits_per_weight:g}",
            f"{each.layout.group}",
            f"{relative_error(matrix, one_scale(matrix, each.layout.bits)):.1%}",
            f"{relative_error(matrix, each.back):.1%}",
            f"{float(np.abs(each.back - matrix).max()):.4f}",
        )
        for each in made
    ]
    head = (
        "precision",
        "bits a weight",
        "weights share a scale",
        "error, one grid",
        "error, in blocks",
        "largest error",
    )
    with_it, others = beside_outlier(matrix, made[-1])
    return [
        table(head, rows, caption="What rounding does to this matrix"),
        prose(
            "Error: the root of the mean squared difference, as a share of the weights' own size. In 2 bits a weight "
            f"has four values to choose from. The {made[-1].layout.group - 1} neighbours of the largest weight, which "
            f"must share its grid, come back {with_it:.0%} off; the blocks' median is {others:.0%}. That is what an "
            "outlier costs in its block; in one grid for all it would cost every weight. The scales cost bits too: "
            f"what is called 2 bits takes {made[-1].layout.bits_per_weight:g}."
        ),
    ]


def beside_outlier(matrix: np.ndarray, made: Rounded) -> tuple[float, float]:
    """The error of the weights that share a block with the largest one, without it; the median of all blocks."""
    group = made.layout.group
    blocks, back = matrix.reshape(-1, group), made.back.reshape(-1, group)
    at = int(np.abs(matrix).argmax())
    beside = np.arange(group) != at % group
    errors = np.linalg.norm(back - blocks, axis=1) / np.maximum(np.linalg.norm(blocks, axis=1), 1e-12)
    return relative_error(blocks[at // group, beside], back[at // group, beside]), float(np.median(errors))


def read_measured(path: Path) -> dict[str, Any] | None:
    """What `benchmarks/quantization.py` wrote; none where it has not run."""
    if not path.is_file():
        return None
    said: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return said if "nano" in said else None


def measured_part(said: dict[str, Any] | None, folder: Path) -> list[Markup]:
    """Bytes, right answers and speed of each level."""
    if said is None:
        return [note("Not measured: `python benchmarks/quantization.py` measures it.")]
    nano = said["nano"]
    head = ("level", "megabytes", "right", "points lost (95 %)", "tokens a second")
    rows = [
        (
            row["level"],
            f"{row['bytes'] / 1e6:.2f}",
            f"{row['right']:.1%}",
            "" if row is nano["rows"][0] else points(row),
            f"{row['decode']:,}",
        )
        for row in nano["rows"]
    ]
    two = next(row for row in said["seven_billion"]["rows"] if row["level"] == "Q2_K")
    return [
        table(
            head, rows, caption=f"nano's language model, {nano['questions']:,} questions about clips of unseen looks"
        ),
        note(
            "Each level was asked the same questions about the same embeddings; points lost are against F32. Measured "
            f"on {said['made']} by benchmarks/quantization.py{other_weights(nano, folder)}."
        ),
        prose(
            "At the size of a real model the bytes decide what fits: seven billion weights take 28 GB in 32 bits. In "
            f"{two['level']} they are said to take {two['usual_gb']:g} GB, and take {two['gb']:.2f} GB: scales, and "
            "the matrices that llama.cpp keeps in more bits because errors there cost most."
        ),
    ]


def other_weights(nano: Mapping[str, Any], folder: Path) -> str:
    """That the figures are not of the weights in the package, where that is so."""
    return "" if nano["weights"] == language_fingerprint(folder) else ", with other weights than those in this package"


def language_fingerprint(folder: Path) -> str | None:
    """The same for the same language model; none where there is none."""
    path = folder / "language" / "model.safetensors"
    return sha256(path.read_bytes()).hexdigest()[:16] if path.is_file() else None


def points(row: Mapping[str, Any]) -> str:
    """Points lost and their interval."""
    lost, low, high = (f"{value:.1f}".replace("-", "−") for value in (row["lost"], *row["lost_interval"]))
    return f"{lost} ({low} to {high})"


def shown_rows(matrix: np.ndarray) -> dict[int, str]:
    """Rows worth a look → why: the one with the largest weight, the calmest, and some between."""
    most = np.abs(matrix).max(axis=1)
    some = {int(i): "" for i in np.linspace(0, len(matrix) - 1, ROWS - 2)}
    named = {int(most.argmax()): ", with the largest weight", int(most.argmin()): ", the calmest"}
    return dict(sorted((some | named).items()))


def smaller_data(matrix: np.ndarray, made: Sequence[Rounded]) -> dict[str, Any]:
    """The histogram, the grids, and the rows that can be picked with everything that rounding made of them."""
    limit = float(np.abs(matrix).max())
    counts, _ = np.histogram(matrix, BINS, (-limit, limit))
    rows = shown_rows(matrix)
    chosen = matrix[list(rows), :SUPER_BLOCK]
    return {
        "limit": limit,
        "counts": counts.tolist(),
        "rows": [f"{number + 1}{why}" for number, why in rows.items()],
        "width": chosen.shape[1],
        "weights": float32_base64(chosen),
        "layouts": [layout_data(rounded(chosen, each.layout)) for each in made],
    }


def layout_data(made: Rounded) -> dict[str, Any]:
    """Steps as bytes, from 128 on where they may be negative."""
    layout = made.layout
    return {
        "name": layout.name,
        "bits": layout.bits,
        "group": layout.group,
        "steps": uint8_base64(made.steps + (0 if layout.fine_levels else 128)),
        "scales": float32_base64(made.scales),
        "minima": float32_base64(made.minima),
        "fine": made.fine.astype(int).reshape(2, -1).tolist() if layout.fine_levels else None,
        "coarse": [series(each.ravel(), 8) for each in made.coarse] if layout.fine_levels else None,
    }
