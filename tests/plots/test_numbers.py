"""The numbers behind each figure."""

import numpy as np
import pytest
from sklearn.decomposition import PCA

from vidsense.plots.attention import read_attention
from vidsense.plots.embeddings import map_of, pca_map
from vidsense.plots.patches import patches_of
from vidsense.plots.similarity import distance_between, similarity_of
from vidsense.plots.timeline import happening, timeline_of
from vidsense.source.stream import Frame
from vidsense.temporal.transformer import ClipFeatures, resemblance


def groups(*sizes: int, width: int = 16, scatter: float = 0.02) -> np.ndarray:
    """Unit vectors around as many orthogonal directions, some of each."""
    rng = np.random.default_rng(1)
    rows = np.repeat(np.eye(width)[: len(sizes)], sizes, axis=0) + scatter * rng.normal(size=(sum(sizes), width))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def test_a_vit_b16_cuts_a_frame_into_196_patches_that_tile_what_it_sees():
    pixels = np.random.default_rng(0).integers(0, 256, (360, 640, 3), np.uint8)
    patches = patches_of(Frame(pixels, 1.5))
    assert (patches.count, patches.patch_size) == (196, (16, 16))
    rows = [np.hstack([patches.patch(row * 14 + column) for column in range(14)]) for row in range(14)]
    np.testing.assert_array_equal(np.vstack(rows), patches.pixels)
    with pytest.raises(ValueError, match="no patch 196"):
        patches.patch(196)


def test_patches_are_those_of_the_encoder_that_is_named(clip_encoder):
    patches = patches_of(Frame(np.zeros((90, 160, 3), np.uint8), 0.0), clip_encoder)
    assert patches.grid == clip_encoder.info.grid
    assert patches.pixels.shape[:2] == clip_encoder.info.size


def test_pca_is_that_of_scikit_learn():
    embeddings = np.random.default_rng(2).normal(size=(20, 8))
    reference = PCA(2).fit(embeddings)
    found = pca_map(embeddings)
    expected = reference.transform(embeddings)
    expected *= np.sign((expected * found.points).sum(axis=0))  # which way an axis points is free
    np.testing.assert_allclose(found.points, expected, atol=1e-9)
    assert found.kept == pytest.approx(reference.explained_variance_ratio_.sum())


@pytest.mark.parametrize(("frames", "method"), [(1, "PCA"), (2, "PCA"), (11, "PCA"), (12, "t-SNE")])
def test_few_frames_are_mapped_by_pca(frames, method):
    plane = map_of(groups(frames))
    assert plane.method == method
    assert plane.points.shape == (frames, 2)
    assert np.isfinite(plane.points).all()


def test_a_map_keeps_groups_apart_and_is_the_same_each_time():
    embeddings = groups(10, 10, 10)
    points = map_of(embeddings).points
    np.testing.assert_array_equal(points, map_of(embeddings).points)
    apart = np.linalg.norm(points[:, None] - points[None], axis=2) + np.diag(np.full(30, np.inf))
    assert (apart.argmin(axis=1) // 10 == np.arange(30) // 10).all()


def test_similarity_names_the_nearest_frames():
    similarity = similarity_of(groups(3, 3), np.arange(6.0))
    assert set(similarity.nearest(0, 2)) == {1, 2}
    assert similarity.cosines.diagonal() == pytest.approx(1.0)


def test_distances_are_those_of_the_formulas():
    a, b = np.random.default_rng(3).normal(size=(2, 12))
    found = distance_between(a, b)
    assert found.cosine == pytest.approx(float(a @ b / np.linalg.norm(a) / np.linalg.norm(b)))
    assert found.euclidean == pytest.approx(float(np.sqrt(((a - b) ** 2).sum())))
    with pytest.raises(ValueError, match="no direction"):
        distance_between(a, np.zeros(12))


def test_frames_that_are_alike_are_read_as_blocks():
    reading = read_attention(resemblance(groups(4, 6, 5), np.arange(15.0)))
    assert reading.pattern == "blocks"
    assert [(b.moment.first, b.moment.last) for b in reading.blocks] == [(0, 3), (4, 9), (10, 14)]
    assert all(block.holds for block in reading.blocks)


def test_a_reading_tells_a_diagonal_and_few_partners_from_evenness():
    def read(weights: np.ndarray) -> str:
        rows = (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)
        count = len(rows)
        return read_attention(ClipFeatures(np.eye(count), rows[None, None], np.arange(float(count)), "trained")).pattern

    assert read(np.eye(9) + 0.01) == "diagonal"
    assert read(np.ones((9, 9))) == "even"
    assert read(np.eye(12)[:, (np.arange(12) * 5 + 3) % 12] + 0.001) == "sparse"


def test_a_timeline_holds_what_was_measured(walk_seen):
    timeline = timeline_of(walk_seen)
    assert {"mover", "text"} <= {lane.kind for lane in timeline.lanes}
    walking = (timeline.seconds > 3.5) & (timeline.seconds < 5.5)
    assert timeline.change[walking].min() > timeline.change[timeline.seconds < 2.5].max()
    assert happening(walk_seen.survey, np.array([1.0, 4.5])).tolist() == [False, True]
