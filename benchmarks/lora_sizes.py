"""What would LoRA need on models of real size? Computed from their published shapes; nothing here is measured.

    python benchmarks/lora_sizes.py    # prints the table, and writes it into docs/finetuning.md

Weights: 2 bytes each (bfloat16) on a GPU, 4 on a CPU. An adapter's numbers: 4 bytes, and 12 more for gradient and
Adam's moments. Activations: 34 · d bytes for each token and layer in 16 bits, twice that in 32 (Korthikanti et al.,
2022, without the attention's own). Arithmetic: 2 operations for each weight and token forward, 2 backward, since no
gradient of a frozen weight is made.
"""

from dataclasses import dataclass
from pathlib import Path

PAGE = Path(__file__).parents[1] / "docs" / "finetuning.md"
BEGIN, END = "<!-- benchmarks/lora_sizes.py -->", "<!-- end of sizes -->"
RANK, FRAMES, TEXT_TOKENS, ANSWERS = 4, 8, 100, 1000
CPU_RATE, GPU_RATE = 0.25e12, 20e12
"""Operations a second: two cores at the best rate of large float32 products, and a GPU at a rate that is assumed."""


@dataclass(frozen=True)
class Shape:
    """A model as its config.json describes it."""

    name: str
    weights: float
    dim: int
    layers: int
    inner: int
    heads: int
    kv_heads: int
    head_dim: int
    frame_tokens: int

    @property
    def adapter(self) -> int:
        """Numbers that learn, at `RANK`, beside all seven matrices of each layer."""
        q, kv = self.heads * self.head_dim, self.kv_heads * self.head_dim
        sides = (self.dim + q) * 2 + (self.dim + kv) * 2 + (self.dim + self.inner) * 3
        return RANK * sides * self.layers

    @property
    def tokens(self) -> int:
        """Of one question with its frames."""
        return FRAMES * self.frame_tokens + TEXT_TOKENS

    def gigabytes(self, bytes_a_number: int) -> float:
        """Weights, adapter and activations of one question."""
        activations = 17 * bytes_a_number * self.dim * self.tokens * self.layers
        return (bytes_a_number * self.weights + 16 * self.adapter + activations) / 1e9

    def hours(self, rate: float) -> float:
        """For `ANSWERS` answers learnt from."""
        return 4 * self.weights * self.tokens * ANSWERS / rate / 3600


SHAPES = (
    Shape("SmolVLM2-500M", 0.51e9, 960, 32, 2560, 15, 5, 64, 64),
    Shape("SmolVLM2-2.2B", 2.25e9, 2048, 24, 8192, 32, 32, 64, 81),
    Shape("Qwen3-VL-4B", 4.4e9, 2560, 36, 9728, 32, 8, 128, 240),
    Shape("LLaVA-NeXT-Video-7B", 7.06e9, 4096, 32, 11008, 32, 32, 128, 144),
)


def table() -> str:
    """Markdown."""
    head = ("model", f"learn at rank {RANK}", "share", "tokens a question", "GPU, GB", "CPU, GB",
            f"{ANSWERS:,} answers, GPU", "CPU")  # fmt: skip
    lines = ["| " + " | ".join(head) + " |", "|---|" + "---:|" * (len(head) - 1)]
    lines += ["| " + " | ".join(row(shape)) + " |" for shape in SHAPES]
    return "\n".join(lines)


def row(shape: Shape) -> tuple[str, ...]:
    """What one model needs."""
    return (
        shape.name, f"{shape.adapter / 1e6:.1f} M", f"{100 * shape.adapter / shape.weights:.2f} %",
        f"{shape.tokens:,}", f"{shape.gigabytes(2):.1f}", f"{shape.gigabytes(4):.1f}",
        f"{60 * shape.hours(GPU_RATE):.0f} min", f"{shape.hours(CPU_RATE):.1f} h",
    )  # fmt: skip


def main() -> None:
    print(table())
    page = PAGE.read_text("utf-8")
    head, _, rest = page.partition(BEGIN)
    PAGE.write_text(f"{head}{BEGIN}\n{table()}\n{END}{rest.partition(END)[2]}", "utf-8")


if __name__ == "__main__":
    main()
