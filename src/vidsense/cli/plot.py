"""`vidsense plot`: one figure of how a network sees a video."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from vidsense.cli.explain import encoder_or_why
from vidsense.cli.options import CACHE, DEBUGGING, ENCODER, PART, QUIET, THREADS, Time, with_options
from vidsense.cli.progress import progress_bar
from vidsense.errors import ModelError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from vidsense.account.observe import Cache, Progress

FIGURES = ["patches", "embeddings", "similarity", "attention", "timeline"]


@dataclass(frozen=True, kw_only=True)
class Sketch:
    """What is to be drawn."""

    figure: str
    video: str
    encoder: str | None
    at: float | None
    start: float
    end: float | None
    threads: int
    cache: "Cache | None"


@click.command()
@click.argument("figure", type=click.Choice(FIGURES))
@click.argument("video")
@click.option("-o", "--out", metavar="FILE", required=True, help="Write the figure here (.png, .svg).")
@ENCODER
@click.option("--at", type=Time(), help="patches: the frame at this time.  [default: the middle]")
@with_options(*PART, THREADS, CACHE)
@QUIET
@DEBUGGING
def plot(figure: str, video: str, out: str, *, quiet: bool, **chosen: Any) -> None:
    """Draw one FIGURE of how a network sees VIDEO.

    patches: a frame as an encoder cuts it. embeddings, similarity, attention: the frames as an encoder sees them.
    timeline: what is measured, without any encoder.
    """
    from vidsense.plots.canvas import figure_path, write_figure
    from vidsense.source.container import shown

    path, name = figure_path(out), shown(video)
    with progress_bar(quiet=quiet) as bar:
        drawn = drawing(
            Sketch(figure=figure, video=video, **chosen), lambda stage, share: bar.report(name, stage, share)
        )
    write_figure(drawn, path)


def drawing(sketch: Sketch, on_progress: "Progress") -> "Figure":
    """The figure that is wanted."""
    if sketch.figure == "timeline":
        return timeline_figure(sketch, on_progress)
    if sketch.figure == "patches":
        return patches_figure(sketch)
    return seen_figure(sketch, on_progress)


def timeline_figure(sketch: Sketch, on_progress: "Progress") -> "Figure":
    """What is measured over time."""
    from vidsense.account.observe import View, observe
    from vidsense.plots.figures import plot_timeline
    from vidsense.plots.timeline import timeline_of

    view = View(sketch.start, sketch.end)
    observation = observe(sketch.video, view, threads=sketch.threads, cache=sketch.cache, on_progress=on_progress)
    return plot_timeline(timeline_of(observation))


def patches_figure(sketch: Sketch) -> "Figure":
    """One frame, cut as the encoder cuts it; where none is there, as CLIP ViT-B/16 does."""
    import vidsense
    from vidsense.plots.figures import plot_patches
    from vidsense.plots.patches import VIT_B16, patches_of

    encoder, _ = encoder_or_why(sketch.encoder, sketch.threads)
    with vidsense.open_video(sketch.video, threads=sketch.threads) as stream:
        info = stream.info
        at = (info.declared_picture_seconds or 0.0) / 2 if sketch.at is None else sketch.at
        size = (VIT_B16 if encoder is None else encoder).decoding_size(info.height, info.width)
        frame = next(iter(stream.frames_at([at], size)))
    return plot_patches(patches_of(frame, encoder))


def seen_figure(sketch: Sketch, on_progress: "Progress") -> "Figure":
    """The frames of the video's page by their embeddings. Raises `ModelError` where there is no encoder."""
    from vidsense.plots.attention import read_attention
    from vidsense.plots.embeddings import map_of
    from vidsense.plots.figures import plot_attention, plot_embeddings, plot_similarity
    from vidsense.plots.similarity import similarity_of
    from vidsense.report.material import Wishes, gathered
    from vidsense.vision.load import DEFAULT, load_encoder

    encoder = load_encoder(sketch.encoder or DEFAULT, threads=sketch.threads)
    wishes = Wishes(words=(), threads=sketch.threads, start=sketch.start, end=sketch.end)
    material = gathered(sketch.video, encoder, wishes, cache=sketch.cache, on_progress=on_progress)
    seen, times = material.seen, material.pts_seconds
    if seen is None:
        raise ModelError(str(material.missing))
    if sketch.figure == "embeddings":
        return plot_embeddings(map_of(seen.embeddings), times, [frame.shot for frame in material.frames])
    if sketch.figure == "similarity":
        return plot_similarity(similarity_of(seen.embeddings, times))
    return plot_attention(read_attention(seen.clip), times, seen.clip.form)
