"""Step 2, tokens: a question in sub-words, a frame in patches, a video as a sequence, and what it costs."""

from typing import Any

import cv2
import numpy as np

from vidsense.account.strategies import VIT_B16_PATCHES, Strategy
from vidsense.account.words import at_time
from vidsense.plots.patches import VIT_B16_GRID, PatchGrid
from vidsense.report.markup import Markup, figure, joined, table, tag
from vidsense.report.material import Material
from vidsense.report.pictures import webp
from vidsense.report.steps.step import Step, formula, note, part, prose, series, uint8_base64

VIT_B16_WIDTH = 768
WAYS_HEAD = ("way", "frames", "tokens", "gigaflop", "misses on this video")
SHOWN_VALUES = 8
"""Of a token's vector."""


def tokens_step(material: Material) -> Step:
    """From pixels and letters to numbered pieces."""
    patches = shown_patches(material)
    return Step(
        key="tokens",
        name="Tokens",
        title="Networks read tokens",
        parts=(
            part("A question becomes sub-words", *question_part(material)),
            part("A frame becomes patches", *patches_part(material, patches)),
            part("A video becomes a sequence", *sequence_part(material)),
            part("Which frames are worth their tokens?", *ways_part(material)),
        ),
        data={
            "patches": patches_data(material, patches),
            "sequence": sequence_data(material),
            "ways": ways_data(material),
        },
    )


def shown_patches(material: Material) -> PatchGrid:
    """The frame whose patches are shown."""
    frame = material.frames[material.shown]
    grid = material.seen.info.grid if material.seen else VIT_B16_GRID
    return PatchGrid(frame.seen, grid, frame.pts_seconds)


def question_part(material: Material) -> list[Markup]:
    """The question's text tokens."""
    if material.seen is None or not material.seen.question_tokens:
        why = material.missing or f"The encoder {material.seen.info.name if material.seen else ''} has no text tower."
        return [prose(f"“{material.question}”"), note(f"Its sub-words are those of an encoder's own vocabulary. {why}")]
    tokens = material.seen.question_tokens
    pieces = joined(
        tag("li", tag("b", token.text), tag("span", str(token.id)), class_="added" if token.added else None)
        for token in tokens
    )
    own = sum(not token.added for token in tokens)
    return [
        prose(
            f"“{material.question}” is {own} sub-words in the vocabulary of {material.seen.info.name}, and "
            f"{len(tokens) - own} marks that the encoder adds. Each number is a row of a table of vectors."
        ),
        tag("ol", pieces, class_="pieces", aria_label="The question's tokens with their ids"),
    ]


def patches_part(material: Material, patches: PatchGrid) -> list[Markup]:
    """The patch grid."""
    (rows, columns), (height, width) = patches.grid, patches.patch_size
    name, dim = encoder_name(material), token_width(material)
    whole = patches.pixels.shape
    gathers = material.seen.info.class_token if material.seen else True
    one_more = " One more token, which belongs to no patch, gathers the whole picture." if gathers else ""
    embed = material.seen.info.embed_dim if material.seen else 512
    convolved = material.seen is not None and material.seen.info.depth is None
    wide = " Its first layers are convolutions: a token has seen more than its own square." if convolved else ""
    return [
        prose(
            f"{name} sees {whole[1]} × {whole[0]} pixels of a frame, cut into {columns} × {rows} squares of "
            f"{width} × {height} pixels. Each becomes one token: a vector of {dim} numbers.{one_more} At the end the "
            f"frame as a whole is one embedding of {embed} numbers: a frame can be a token, too.{wide}"
        ),
        formula(f"{whole[1]}/{width} × {whole[0]}/{height} = {columns} × {rows} = {patches.count} tokens a frame"),
        figure(
            "patches",
            patches.in_words,
            f"Frame {material.shown + 1}, {at_time(patches.pts_seconds)}. Hover, or use arrow keys, to see a patch.",
        ),
    ]


def sequence_part(material: Material) -> list[Markup]:
    """All tokens of all frames."""
    frames, patches, dim = len(material.frames), patch_count(material), token_width(material)
    every = len(material.observation.survey.pts_seconds)
    return [
        prose(
            "Each column is one frame of this page, each cell one of its patches in its mean colour, from the first "
            "row's patches at the top to the last row's at the bottom. Read from left to right, this is what a network "
            "is given of the video."
        ),
        formula(
            f"{patches} a frame × {frames} frames = {patches * frames:,} tokens,  "
            f"× {dim} = {patches * frames * dim:,} values"
        ),
        figure(
            "sequence",
            f"The video as {frames} columns of {patches} tokens, each in its patch's mean colour.",
            f"All {every:,} frames of the video would be {every * patches:,} tokens.",
        ),
    ]


def ways_part(material: Material) -> list[Markup]:
    """What each way of choosing frames costs, and what it misses."""
    costs = material.strategies
    rows = [(way.name, f"{len(way.pts_seconds):,}", f"{way.tokens:,}", computation(way), way.misses) for way in costs]
    measured = "" if material.seen else " Counted for CLIP ViT-B/16."
    return [
        prose(
            "Tokens are a budget. Every frame is complete and dear; the other three spend the same number of frames, "
            "at most, and differ in what they miss."
        ),
        figure(
            "ways",
            "Which frames each way takes: " + "; ".join(f"{way.name}, {len(way.pts_seconds)} frames" for way in costs),
            "Each line is a frame. Dotted: where a shot begins.",
        ),
        table(
            WAYS_HEAD,
            rows,
            caption="Four ways to choose frames",
        ),
        note(
            "Missed: a shot without a frame, or something measured while none of the frames was on screen. Computation "
            f"is that of the encoder, in billions of additions and multiplications (gigaflop).{measured}"
        ),
    ]


def computation(way: Strategy) -> str:
    """How much an encoder computes."""
    return (
        "not known"
        if way.gigaflops is None
        else f"{way.gigaflops:,.3g}"
        if way.gigaflops < 1000
        else f"{way.gigaflops:,.0f}"
    )


def encoder_name(material: Material) -> str:
    """Who cuts."""
    return material.seen.info.name if material.seen else "CLIP ViT-B/16"


def token_width(material: Material) -> int:
    """Numbers in a patch token."""
    return material.seen.info.width if material.seen else VIT_B16_WIDTH


def patch_count(material: Material) -> int:
    """Patch tokens a frame."""
    return material.seen.info.patches if material.seen else VIT_B16_PATCHES


def patches_data(material: Material, patches: PatchGrid) -> dict[str, Any]:
    """The seen picture and, where there are any, the first values of each token."""
    tokens = None if material.seen is None else material.seen.patch_tokens[:, :SHOWN_VALUES]
    return {
        "picture": webp(patches.pixels, 92),
        "height": patches.pixels.shape[0],
        "width": patches.pixels.shape[1],
        "rows": patches.grid[0],
        "columns": patches.grid[1],
        "dim": token_width(material),
        "tokens": None if tokens is None else [series(token, 3) for token in tokens],
    }


def sequence_data(material: Material) -> dict[str, Any]:
    """(N, T, 3) bytes: the mean colour of each patch of each frame."""
    rows, columns = material.seen.info.grid if material.seen else VIT_B16_GRID
    means = [
        cv2.resize(frame.seen, (columns, rows), interpolation=cv2.INTER_AREA).reshape(-1, 3)
        for frame in material.frames
    ]
    return {"patches": rows * columns, "columns": columns, "colours": uint8_base64(np.stack(means, axis=1))}


def ways_data(material: Material) -> list[dict[str, Any]]:
    """The times that each way takes."""
    return [{"name": way.name, "times": series(np.array(way.pts_seconds), 3)} for way in material.strategies]
