"""Step 3, embeddings: frames and words as points of one space, and how far they lie apart."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from vidsense.account.words import listed
from vidsense.plots.embeddings import LEAST_FOR_TSNE, FrameMap, Method, map_of, pca_map
from vidsense.plots.similarity import distance_between, similarity_of
from vidsense.report.markup import Markup, figure, joined, table, tag
from vidsense.report.material import Material, Seen
from vidsense.report.steps.step import Step, float32_base64, formula, note, part, prose, series, thumb

NEAREST = 4
"""Frames shown for each word."""


def embeddings_step(material: Material) -> Step:
    """From tokens to meaning, as far as an encoder has learnt it."""
    seen, title = material.seen, "An embedding is a place on a map"
    if seen is None:
        return Step("embeddings", "Embeddings", title, (part(None, note(material.missing or "")),))
    maps = maps_of(seen.embeddings)
    parts = [
        part("The map", *map_part(material, seen, next(iter(maps.values())))),
        part("How alike is every frame to every other?", *similarity_part(material, seen)),
        part("Two frames, worked through", *pair_part(seen)),
        part("Words in the same space", *words_part(material, seen)),
    ]
    return Step("embeddings", "Embeddings", title, tuple(parts), embeddings_data(seen, maps))


def map_part(material: Material, seen: Seen, plane: FrameMap) -> list[Markup]:
    """Frames in two dimensions."""
    size = seen.info.embed_dim
    busy = sum(frame.happening for frame in material.frames)
    return [
        prose(
            f"{seen.info.name} gives each frame one vector of {size} numbers. Frames that mean the same to it lie "
            f"close. No eye sees {size} dimensions; these are the two that keep most of who is near whom."
        ),
        figure(
            "map",
            plane.in_words,
            f"Hover to see a frame; click two to compare them below. Shapes tell shots apart; filled: something "
            f"happens then, as the survey measured it ({busy} of {len(material.frames)} frames); hollow: stillness.",
        ),
        note(f"{plane.in_words} With fewer than {LEAST_FOR_TSNE} frames, and with words, PCA is drawn."),
    ]


def similarity_part(material: Material, seen: Seen) -> list[Markup]:
    """The matrix over time."""
    similarity = similarity_of(seen.embeddings, material.pts_seconds)
    return [
        figure(
            "similarity", similarity.in_words, "Hover for two frames and their cosine; click to compare them below."
        ),
        note(similarity.in_words),
    ]


def pair_part(seen: Seen) -> list[Markup]:
    """Cosine and Euclidean distance by hand."""
    return [
        prose(
            "Cosine asks whether two vectors point the same way; Euclidean distance, how far their ends lie apart. "
            f"Both are computed here from all {seen.info.embed_dim} numbers of each frame."
        ),
        formula("cos θ = (a · b) / (‖a‖ ‖b‖)"),
        formula("d = √ Σ (aᵢ − bᵢ)²"),
        figure("pair", "Two frames of your choice, with their cosine and distance worked through.", "Pick two frames."),
    ]


def words_part(material: Material, seen: Seen) -> list[Markup]:
    """Words as points: distances, and which frames each is nearest to."""
    if not seen.words:
        return [note(f"The encoder {seen.info.name} has no text tower: it cannot compare words with frames.")]
    return [
        prose(
            f"The text tower of {seen.info.name} puts words into the same space: {listed(list(seen.words))}. Compare "
            "along a curve, over time: words and pictures lie in different corners of the space, so that even a word "
            "that fits has a small cosine."
        ),
        figure("words", "The cosine of each word to each frame, over time.", "Cosine of each word to the frames."),
        joined(nearest_frames(material, seen, k) for k in range(len(seen.words))),
        distances_table(seen),
        note(
            "Other words need the encoder, which is not in this page: make it again with ",
            tag("code", 'vidsense explain … --words "a person, an empty yard"'),
            ".",
        ),
    ]


def nearest_frames(material: Material, seen: Seen, k: int) -> Markup:
    """The frames that a word is nearest to."""
    cosines = seen.embeddings @ seen.word_embeddings[k]
    best = [int(i) for i in np.argsort(-cosines, kind="stable")[:NEAREST]]
    thumbs = joined(thumb(material, i + 1, f"{i + 1} · cos {cosines[i]:.3f}") for i in best)
    return tag("div", tag("h4", f"Nearest to “{seen.words[k]}”"), tag("div", thumbs, class_="thumbs"), class_="word")


def distances_table(seen: Seen) -> Markup:
    """Words against words."""
    vectors, names = seen.word_embeddings, seen.words
    rows = []
    for a, name in enumerate(names):
        apart = [distance_between(vectors[a], vector) for vector in vectors]
        rows.append((name, *("—" if a == b else f"{d.cosine:.3f} · {d.euclidean:.3f}" for b, d in enumerate(apart))))
    return table(("cosine · distance", *names), rows, caption="Words against words: cosine · Euclidean distance")


def embeddings_data(seen: Seen, maps: dict[str, FrameMap]) -> dict[str, Any]:
    """The vectors themselves, exact, and their maps."""
    both = {"PCA": pca_map(np.concatenate([seen.embeddings, seen.word_embeddings]))} if seen.words else None
    return {
        "embeddings": {
            "dim": seen.info.embed_dim,
            "frames": float32_base64(seen.embeddings),
            "words": list(seen.words),
            "wordVectors": float32_base64(seen.word_embeddings),
            "maps": {"frames": points_of(maps), "frames and words": points_of(both) if both else None},
        }
    }


def maps_of(embeddings: np.ndarray) -> dict[str, FrameMap]:
    """Method → map; t-SNE first, where there are enough points."""
    methods: tuple[Method, ...] = ("t-SNE", "PCA") if len(embeddings) >= LEAST_FOR_TSNE else ("PCA",)
    return {method: map_of(embeddings, method=method) for method in methods}


def points_of(maps: Mapping[str, FrameMap]) -> dict[str, list[list[float]]]:
    """Method → points, for the script."""
    return {method: [series(point, 4) for point in plane.points] for method, plane in maps.items()}
