"""In: the numbers behind a figure. Out: matplotlib's `Figure`, labelled with what it shows in words.

Nothing is told by colour alone: shots have shapes, lines have patterns, cells of small matrices have numbers.
"""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from vidsense.plots.attention import AttentionReading
from vidsense.plots.canvas import ACCENT, INK, LINE, SEQUENTIAL, SHOT_MARKERS, SOFT, WARM, new_figure, styled, title
from vidsense.plots.embeddings import FrameMap
from vidsense.plots.patches import PatchGrid
from vidsense.plots.similarity import Similarity
from vidsense.plots.timeline import SHORTEST_SHOWN, Timeline

MOST_NUMBERS = 12
"""Cells of a matrix have their number written in them up to so many frames."""
MOST_LABELS = 40


def plot_patches(patches: PatchGrid) -> Figure:
    """The frame with its grid; every patch of the first row and column has its number."""
    figure = new_figure(5.2, 5.6, patches.in_words)
    with styled():
        axes = figure.add_subplot()
        axes.imshow(patches.pixels, interpolation="nearest")
        (rows, columns), (height, width) = patches.grid, patches.patch_size
        for row in range(rows + 1):
            axes.axhline(row * height - 0.5, color="white", linewidth=0.7, alpha=0.8)
        for column in range(columns + 1):
            axes.axvline(column * width - 0.5, color="white", linewidth=0.7, alpha=0.8)
        axes.set_xticks([(i + 0.5) * width for i in range(columns)], [str(i) for i in range(columns)], fontsize=7)
        axes.set_yticks([(i + 0.5) * height for i in range(rows)], [str(i * columns) for i in range(rows)], fontsize=7)
        axes.set_xlabel(f"column; a patch is {width} × {height} pixels")
        axes.set_ylabel("number of the row's first patch")
        title(axes, f"{patches.count} patches, {patches.count} tokens: the frame at {patches.pts_seconds:.2f} s")
    return figure


def plot_embeddings(plane: FrameMap, pts_seconds: np.ndarray, shots: Sequence[int]) -> Figure:
    """Frames as points: joined in time order, numbered, a shape for each shot."""
    figure = new_figure(6.4, 5.2, plane.in_words)
    limits = float(pts_seconds.min()), float(pts_seconds.max()) + 1e-9
    with styled():
        axes, numbers = figure.add_subplot(), np.asarray(shots)
        axes.plot(plane.points[:, 0], plane.points[:, 1], color=LINE, linewidth=1.0, zorder=1)
        for shot in sorted(set(shots)):
            here = numbers == shot
            drawn = axes.scatter(
                plane.points[here, 0], plane.points[here, 1], s=46, c=pts_seconds[here], vmin=limits[0], vmax=limits[1],
                cmap=SEQUENTIAL, marker=SHOT_MARKERS[shot % len(SHOT_MARKERS)], edgecolors=INK, linewidths=0.6,
                zorder=2, label=f"shot {shot + 1}",
            )  # fmt: skip
        for frame in range(0, len(plane.points), 1 + len(plane.points) // MOST_LABELS):
            axes.annotate(str(frame + 1), plane.points[frame], (4, 4), textcoords="offset points", fontsize=6.5)
        figure.colorbar(drawn, ax=axes, label="time (s)", fraction=0.04)
        if 1 < len(set(shots)) <= len(SHOT_MARKERS):
            axes.legend(frameon=False, fontsize=7)
        unit = "arbitrary units" if plane.method == "t-SNE" else f"{plane.kept:.0%} of the variance on both"
        axes.set_xlabel(f"{plane.method}, first axis ({unit})")
        axes.set_ylabel(f"{plane.method}, second axis")
        title(axes, f"{len(plane.points)} frames by their embeddings")
    return figure


def plot_similarity(similarity: Similarity) -> Figure:
    """The cosine of each frame to each other."""
    figure = new_figure(5.8, 5.0, similarity.in_words)
    others = similarity.others
    lowest = float(others.min()) if len(others) else 0.0
    with styled():
        axes = figure.add_subplot()
        draw_matrix(axes, similarity.cosines, (lowest, 1.0), "cosine (1 = the same)")
        frame_ticks(axes, similarity.pts_seconds)
        title(axes, "How alike the frames are")
    return figure


def plot_attention(reading: AttentionReading, pts_seconds: np.ndarray, form: str) -> Figure:
    """Who looks at whom, with the blocks that hold."""
    figure = new_figure(5.8, 5.0, reading.in_words)
    with styled():
        axes = figure.add_subplot()
        draw_matrix(axes, reading.weights, (0.0, float(reading.weights.max())), "attention (each row sums to 1)")
        for block in (block for block in reading.blocks if block.holds):
            corner = block.moment.first - 0.5
            side = len(block.moment)
            axes.add_patch(Rectangle((corner, corner), side, side, fill=False, edgecolor="white", linestyle="--"))
        frame_ticks(axes, pts_seconds)
        axes.set_ylabel("frame that looks, at its time (s)")
        axes.set_xlabel("frame that is looked at, at its time (s)")
        title(axes, f"Attention, {form}, mean over layers and heads")
    return figure


def draw_matrix(axes: Axes, values: np.ndarray, limits: tuple[float, float], unit: str) -> None:
    """Cells with a scale, and their numbers where there is room."""
    image = axes.imshow(values, cmap=SEQUENTIAL, vmin=limits[0], vmax=limits[1], interpolation="nearest")
    axes.figure.colorbar(image, ax=axes, label=unit, fraction=0.045)
    if len(values) > MOST_NUMBERS:
        return
    middle = (limits[0] + limits[1]) / 2
    for (row, column), value in np.ndenumerate(values):
        colour = "white" if value < middle else "black"
        axes.text(column, row, f"{value:.2f}", ha="center", va="center", fontsize=6.5, color=colour)


def frame_ticks(axes: Axes, pts_seconds: np.ndarray) -> None:
    """Frames by their times."""
    at = np.unique(np.linspace(0, len(pts_seconds) - 1, min(8, len(pts_seconds))).round().astype(int))
    times = [f"{pts_seconds[i]:.1f}" for i in at]
    axes.set_xticks(at, times)
    axes.set_yticks(at, times)
    axes.set_xlabel("frame, at its time (s)")
    axes.set_ylabel("frame, at its time (s)")


def plot_timeline(timeline: Timeline) -> Figure:
    """What changes, what moves, how bright it is, and the facts, over the same seconds."""
    lanes = len(timeline.lanes) + 1
    figure = new_figure(8.0, 3.6 + 0.24 * lanes, timeline.in_words)
    with styled():
        rows = figure.subplots(4, 1, sharex=True, height_ratios=[1, 1, 1, 0.24 * lanes])
        series = [
            (timeline.change, "change\n(of 255)", "-", INK),
            (timeline.moving, "moving\n(% of picture)", "-", WARM),
            (timeline.brightness, "brightness\n(of 255)", "--", ACCENT),
        ]
        for axes, (values, name, pattern, colour) in zip(rows[:3], series, strict=True):
            axes.plot(timeline.seconds, values, pattern, color=colour, linewidth=1.1)
            axes.set_ylabel(name, fontsize=8)
            axes.set_ylim(0, max(1.0, 1.15 * float(values.max(initial=0.0))))
            for shot in timeline.shots[1:]:
                axes.axvline(shot.start, color=SOFT, linewidth=0.8, linestyle=":")
        draw_lanes(rows[3], timeline)
        title(rows[0], "What was measured over time (dotted: where a shot begins)")
    return figure


def draw_lanes(axes: Axes, timeline: Timeline) -> None:
    """A lane for the shots, numbered, and one for each kind of fact."""
    least = SHORTEST_SHOWN * (timeline.end - timeline.start)
    for number, shot in enumerate(timeline.shots):
        axes.broken_barh([(shot.start, shot.end - shot.start)], (-0.4, 0.8), facecolor="white", edgecolor=SOFT)
        axes.text((shot.start + shot.end) / 2, 0, str(number + 1), ha="center", va="center", fontsize=7, clip_on=True)
    for row, lane in enumerate(timeline.lanes, start=1):
        bars = [(span.start, max(span.end - span.start, least)) for span in lane.spans]
        axes.broken_barh(bars, (row - 0.3, 0.6), facecolor=ACCENT, alpha=0.75)
    names = ["shots", *(lane.name for lane in timeline.lanes)]
    axes.set_yticks(range(len(names)), names, fontsize=8)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.set_xlim(timeline.start, timeline.end)
    axes.set_xlabel("time (s)")
