"""Figures say in words what they show, have units, and come out the same each time."""

import re

import numpy as np
import pytest

from vidsense.plots.attention import read_attention
from vidsense.plots.canvas import alternative, write_figure
from vidsense.plots.embeddings import map_of
from vidsense.plots.figures import plot_attention, plot_embeddings, plot_patches, plot_similarity, plot_timeline
from vidsense.plots.patches import patches_of
from vidsense.plots.similarity import similarity_of
from vidsense.plots.timeline import timeline_of
from vidsense.source.stream import Frame
from vidsense.temporal import resemblance


@pytest.fixture(scope="module")
def figures(walk_seen):
    rng = np.random.default_rng(0)
    embeddings, times = rng.normal(size=(8, 6)).astype(np.float32), np.arange(8) * 0.5
    return {
        "patches": plot_patches(patches_of(Frame(rng.integers(0, 256, (90, 160, 3), np.uint8), 0.5))),
        "embeddings": plot_embeddings(map_of(embeddings), times, [0, 0, 0, 1, 1, 1, 2, 2]),
        "similarity": plot_similarity(similarity_of(embeddings, times)),
        "attention": plot_attention(read_attention(resemblance(embeddings, times)), times, "parameter-free"),
        "timeline": plot_timeline(timeline_of(walk_seen)),
    }


NAMES = ["patches", "embeddings", "similarity", "attention", "timeline"]


@pytest.mark.parametrize("name", NAMES)
def test_a_figure_tells_what_it_shows_and_labels_its_axes(figures, name):
    figure = figures[name]
    assert len(alternative(figure).split()) > 8
    assert figure.axes[-1].get_xlabel() or figure.axes[0].get_xlabel()
    assert figure.axes[0].get_ylabel()
    assert figure.axes[0].get_title(loc="left")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("suffix", [".png", ".svg"])
def test_a_figure_is_written_with_its_words_and_the_same_each_time(figures, tmp_path, name, suffix):
    for again in "ab":
        write_figure(figures[name], tmp_path / f"{again}{suffix}")
    written = (tmp_path / f"a{suffix}").read_bytes()
    assert written == (tmp_path / f"b{suffix}").read_bytes()
    words = re.findall(r"\w{5,}", alternative(figures[name]))[0]
    assert words.encode() in written


def test_a_figure_of_another_ending_is_refused(figures, tmp_path):
    with pytest.raises(ValueError, match=r"must end in \.png or \.svg"):
        write_figure(figures["patches"], tmp_path / "patches.pdf")
