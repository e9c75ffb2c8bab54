import numpy as np
import pytest

from vidsense.source.synthetic import texture
from vidsense.survey.blocks import NewStructure, block_mean, blocks_of, flow_between, unexplained


def luma(seed, size=(48, 80)):
    return texture(size, seed)[:, :, 0]


def test_block_means_and_deviations_match_the_formula():
    picture = luma(1).astype(np.float64)
    tiles = picture.reshape(6, 8, 10, 8).swapaxes(1, 2)
    blocks = blocks_of(luma(1))
    np.testing.assert_allclose(blocks.mean, tiles.mean((2, 3)), rtol=1e-5)
    np.testing.assert_allclose(blocks.deviation, tiles.std((2, 3)), atol=0.02)  # float32 squares
    np.testing.assert_allclose(block_mean(np.ones((20, 17), np.float32)), np.ones((2, 2)))


def test_a_picture_explains_itself_darker_brighter_and_moved():
    a = luma(2).astype(np.float32)
    for b in (a, 0.4 * a, 0.5 * a + 90, np.roll(a, 3, axis=1)):
        assert unexplained(blocks_of(a), blocks_of(b)) < 0.2


def test_another_picture_explains_nothing():
    assert unexplained(blocks_of(luma(3)), blocks_of(luma(4))) > 0.8
    appears, vanishes = NewStructure().between(blocks_of(luma(3)), blocks_of(luma(4)))
    assert min(appears, vanishes) > 0.8


def test_structure_that_goes_has_vanished_and_nothing_appears():
    appears, vanishes = NewStructure().between(blocks_of(luma(5)), blocks_of(np.full((48, 80), 128, np.uint8)))
    assert (appears, vanishes) == (0.0, 1.0)


@pytest.mark.parametrize("size", [(22, 80), (6, 80), (80, 6), (31, 80), (2, 2), (45, 80)])
def test_flow_survives_every_shape(size):
    a, b = luma(6, size).astype(np.float32), luma(7, size).astype(np.float32)
    for _ in range(5):
        assert flow_between(a, b).shape == (*size, 2)
