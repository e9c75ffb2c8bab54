"""Step 4, attention: which frames look at which, in a picture, in words and in numbers."""

from typing import Any

from vidsense.plots.attention import AttentionReading, read_attention
from vidsense.report.markup import Markup, figure, joined, tag
from vidsense.report.material import TEMPERATURE, Material, Seen
from vidsense.report.reading import attention_sentences
from vidsense.report.steps.step import Step, float32_base64, formula, note, part, prose, series, thumb, uint16_base64
from vidsense.vision.encoder import NANO

OF_NANO = (
    "What attends is one compact token for each frame: which things it shows, where, in which pose, and the difference "
    "of all that to the frame before."
)


def attention_step(material: Material) -> Step:
    """Frames in the light of each other."""
    seen, title = material.seen, "Attention: frames in the light of each other"
    if seen is None:
        return Step("attention", "Attention", title, (part(None, note(material.missing or "")),))
    reading = read_attention(seen.clip)
    parts = [
        part("Who looks at whom", *map_part(material, seen, reading)),
        part("One row, worked through", *row_part(seen)),
        part("Which frames matter", *importance_part(material, seen)),
    ]
    return Step("attention", "Attention", title, tuple(parts), attention_data(seen, reading))


def map_part(material: Material, seen: Seen, reading: AttentionReading) -> list[Markup]:
    """The heat map, and what it says."""
    sentences = [tag("li", sentence) for sentence in attention_sentences(reading, material.frames)]
    return [
        prose(form_words(seen)),
        figure(
            "attention",
            reading.in_words,
            "Row: the frame that looks. Column: the frame that is looked at. Each row sums to 1. Dashed: blocks. Hover "
            "for a cell; click to work its row through below.",
        ),
        tag("ul", joined(sentences), class_="reading"),
    ]


def form_words(seen: Seen) -> str:
    """Which of the two forms this is, in plain words."""
    layers, heads = seen.clip.attention.shape[:2]
    if seen.clip.form == "trained":
        told = (
            f"This attention was trained: {layers} layers of {heads} heads learnt what to look for. Positions in time "
            "are added by the second, so that the order of frames counts."
        )
        return f"{told} {OF_NANO}" if seen.info.name == NANO else told
    return (
        "This attention is parameter-free: nothing in it was trained. Queries, keys and values are the embeddings "
        "themselves, so it shows which frames resemble which; order in time plays no part."
    )


def row_part(seen: Seen) -> list[Markup]:
    """The formula, with this video's numbers in it."""
    frames, size = seen.clip.embeddings.shape
    if seen.clip.form == "trained":
        heads = seen.clip.attention.shape[1]
        lines = [
            formula("Attention(Q, K, V) = softmax(Q Kᵀ / √dₖ) V"),
            formula(f"Q, K, V: {frames} × {size // heads} in each of {heads} heads;  √dₖ = √{size // heads}"),
        ]
    else:
        lines = [
            formula("Attention(Q, K, V) = softmax(Q Kᵀ / τ) V  with  Q = K = V = E"),
            formula(f"E: {frames} × {size};  E Eᵀ: {frames} × {frames} cosines;  τ = {TEMPERATURE:g}"),
            note(
                "The usual divisor √dₖ would level out cosines, which lie between −1 and 1; dividing by a small τ "
                "sharpens them instead."
            ),
        ]
    return [*lines, figure("row", "The attention of one frame, computed step by step.", "Pick the frame that looks.")]


def importance_part(material: Material, seen: Seen) -> list[Markup]:
    """How much each frame is looked at, and what a question picks."""
    content = [
        prose("How much each frame is looked at by the others; 1 is usual."),
        figure("importance", "A bar for each frame: how much the others look at it.", "Hover for the frame."),
    ]
    if not seen.picked:
        return [*content, note("Which frames a question picks can be told by encoders with a text tower.")]
    picks = joined(thumb(material, i + 1) for i in seen.picked)
    return [
        *content,
        prose(
            f"For “{material.question}”, these frames bear on the question most, no more of one moment than needed "
            "(marked in the figure):"
        ),
        tag("div", picks, class_="thumbs"),
    ]


def attention_data(seen: Seen, reading: AttentionReading) -> dict[str, Any]:
    """The weights in steps of 1 / 65535."""
    layers, heads = seen.clip.attention.shape[:2]
    head = seen.clip.first_head
    return {
        "attention": {
            "form": seen.clip.form,
            "layers": layers,
            "heads": heads,
            "weights": uint16_base64(seen.clip.attention),
            "mean": uint16_base64(reading.weights),
            "temperature": TEMPERATURE,
            "head": None if head is None else {"width": head.shape[2], "numbers": float32_base64(head)},
            "blocks": [[b.moment.first, b.moment.last] for b in reading.blocks if b.holds],
            "importance": series(seen.clip.importance, 3),
            "picked": list(seen.picked),
        }
    }
