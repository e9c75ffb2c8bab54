"""In: what was measured. Out: docs/quantization.md and its plot."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("Agg")
import matplotlib.pyplot as plt

PAGE = """# What fewer bits cost

Made by `python benchmarks/quantization.py`, {made}, of the weights {weights}. Every figure below is measured by it, or
computed where it says so.

## nano's language model

{questions:,} questions about {clips} clips of looks that training never drew. The towers ran once, in float32: every
level got the same embeddings, in front of the same questions, and only the language model differs. *Lost* are
percentage points against F32 on the same questions, with the 95 % interval when clips are drawn anew; *same words* is
the share of answers that are the same word for word. Tokens a second of one core, in seconds of the processor: read at
once (prefill, 128 tokens), and written one after another (decode). Memory is what loading and using the model adds to
the process at its peak, the working memory for a context of 512 tokens among it.

{nano}

![Right answers and megabytes of nano's language model at each level, from F32 to Q2_K.](images/quantization.png)

{judgement}

llama.cpp rounds what goes into a layer to eight bits too, and keeps keys and values in float16. A "Q4_K_M" file is a
mixture by design: the matrices that matter most get six bits, and so do the embeddings of words, which are the output
matrix at the same time. *ONNX int8* and *int4* are `vidsense quantize --to int8` and `--to int4`; *as shipped* is the
graph in the package, which the plain install runs.

{big}

## Seven billion parameters

Computed from the blocks that the formats are made of, and from which matrix llama.cpp gives which format; the same
computation gave every byte of the files of the 0.5 B model above. *Usual* is what is commonly quoted: bits × 7 / 8.

{seven}

So "2 bit" is {two_bits:.2f} bits a weight. A Q2_K block holds 256 weights: 64 bytes for two bits each, 16 bytes for the
scale and the minimum of every 16 weights in four bits each, and 4 bytes for the two numbers that scale those: 2.625
bits. A third of the weights (value, output and the second matrix of each MLP) is in Q3_K, 3.4375 bits, the output
matrix in Q6_K, 6.5625 bits, because errors there cost most. A LLaVA 1.6 of Mistral 7B in Q2_K takes {mistral:.2f} GB
for the language model, and {projector:.2f} GB for its image encoder and projector, which stay in float16:
{llava:.2f} GB, the "3.3 GB" of its download.

## Try it

```bash
vidsense quantize nano -o nano-q4.gguf --to q4_k_m       # needs the extra [llama]
vidsense quantize FOLDER -o model-q2.gguf --to q2_k      # a LLaMA in transformers' format
vidsense quantize nano -o nano-int4.onnx --to int4       # needs the extra [train]
```

A matrix whose width is no multiple of 256 has no k-quant: llama.cpp takes another format for it without a word.
`vidsense quantize` reads the written file and says which matrices that were.
"""
BIG = """## Half a billion parameters

{parameters:,} random weights in a LLaMA's shape: what it says means nothing, its bytes and its speed are those of a
real one. Tokens a second of one core, as above.

{table}
"""
LIMITS = {"Q8_0": 1.0, "Q4_K_M": 4.0, "ONNX int8": 2.0, "ONNX int8, as shipped": 2.0}
"""Points that may be lost."""


def write_page(kept: dict[str, Any], docs: Path) -> None:
    """The page, and the plot beside it."""
    nano, seven = kept["nano"], kept["seven_billion"]
    (docs / "images").mkdir(parents=True, exist_ok=True)
    plot(nano["rows"], docs / "images" / "quantization.png")
    q2 = next(row for row in seven["rows"] if row["level"] == "Q2_K")
    text = PAGE.format(
        made=kept["made"], weights=nano["weights"], questions=nano["questions"], clips=nano["clips"],
        nano=nano_table(nano["rows"]), judgement=judgement(nano["rows"]), seven=seven_table(seven["rows"]),
        big=big_section(kept["big"]) if "big" in kept else "", two_bits=q2["bits"], mistral=q2["mistral_gb"],
        projector=seven["projector_gb"], llava=q2["mistral_gb"] + seven["projector_gb"],
    )  # fmt: skip
    (docs / "quantization.md").write_text(text.replace("\n\n\n", "\n\n"), "utf-8")


def markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def nano_table(rows: Sequence[dict[str, Any]]) -> str:
    head = ("level", "MB", "right", "lost (95 %)", "same words", "prefill t/s", "decode t/s", "memory MB")
    body = [
        (
            row["level"], f"{row['bytes'] / 1e6:.2f}", f"{row['right']:.1%}", lost_words(row, rows[0]),
            f"{row['same_answer']:.1%}", f"{row['prefill']:,}", f"{row['decode']:,}", f"{row['memory_mb']:.0f}",
        )
        for row in rows
    ]  # fmt: skip
    return markdown(head, body)


def lost_words(row: dict[str, Any], first: dict[str, Any]) -> str:
    low, high = row["lost_interval"]
    return "" if row is first else f"{signed(row['lost'])} ({signed(low)} to {signed(high)})"


def signed(points: float) -> str:
    return f"{points:.1f}".replace("-", "−").replace("−0.0", "0.0")


def judgement(rows: Sequence[dict[str, Any]]) -> str:
    """Whether the limits hold, and whether that is certain."""
    said = []
    for row in rows:
        if (limit := LIMITS.get(row["level"])) is None:
            continue
        low, high = row["lost_interval"]
        holds = "holds" if high <= limit else "does not hold" if low > limit else "cannot be told from so few questions"
        said.append(f"{row['level']} may lose {limit:g} points: that {holds}")
    q2 = next(row for row in rows if row["level"] == "Q2_K")
    return f"{'; '.join(said)}. Q2_K loses {signed(q2['lost'])} points."


def seven_table(rows: Sequence[dict[str, Any]]) -> str:
    head = ("level", "usual GB", "LLaMA 2 7B, GB", "bits a weight", "Mistral 7B, GB")
    body = [
        (
            row["level"], "" if row["usual_gb"] is None else f"{row['usual_gb']:g}", f"{row['gb']:.2f}",
            f"{row['bits']:.2f}", f"{row['mistral_gb']:.2f}",
        )
        for row in rows
    ]  # fmt: skip
    return markdown(head, body)


def big_section(big: dict[str, Any]) -> str:
    head = ("level", "MB", "bits a weight", "prefill t/s", "decode t/s", "memory MB")
    body = [
        (
            row["level"], f"{row['bytes'] / 1e6:.0f}", f"{row['bits']:.2f}", f"{row['prefill']:.0f}",
            f"{row['decode']:.1f}", f"{row['memory_mb']:,}",
        )
        for row in big["rows"]
    ]  # fmt: skip
    return BIG.format(parameters=big["parameters"], table=markdown(head, body))


def plot(rows: Sequence[dict[str, Any]], path: Path) -> None:
    """Right answers over megabytes; bars are the interval of what is lost, at the share that is right."""
    figure, axes = plt.subplots(figsize=(7.2, 4.2), layout="constrained")
    for onnx, colour, name in ((False, "#1f5fa8", "llama.cpp"), (True, "#c0622d", "ONNX Runtime")):
        some = [row for row in rows if row["level"].startswith("ONNX") == onnx]
        x = [row["bytes"] / 1e6 for row in some]
        y = [100 * row["right"] for row in some]
        errors = [
            [row["lost_interval"][1] - row["lost"] for row in some],
            [row["lost"] - row["lost_interval"][0] for row in some],
        ]
        axes.errorbar(x, y, yerr=errors, fmt="o", color=colour, capsize=3, label=name)
        for row, at, height in zip(some, x, y, strict=True):
            label = row["level"].removeprefix("ONNX ")
            axes.annotate(label, (at, height), (6, -12 if onnx else 6), textcoords="offset points", fontsize=8)
    axes.set_xscale("log", base=2)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.set(xlabel="megabytes", ylabel="right answers, %")
    axes.grid(alpha=0.25)
    axes.legend(frameon=False, loc="lower right")
    figure.savefig(path, dpi=130)
