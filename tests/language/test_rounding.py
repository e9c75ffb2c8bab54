"""What our own rounding gives back is what the gguf package reads out of the same bytes."""

import numpy as np
import pytest

from vidsense.language.rounding import LAYOUTS, Q2_K, Q4_K, Q8_0, one_scale, relative_error, rounded

WEIGHTS = np.random.default_rng(0).standard_t(4, (6, 512)).astype(np.float32) * 0.05
WEIGHTS[2, 300] = 3.0  # an outlier
WEIGHTS[3, 256:] = 0.0


def read_back(packed, layout):
    gguf = pytest.importorskip("gguf")
    return gguf.quants.dequantize(packed, gguf.GGMLQuantizationType[layout.name])


def halves(values):
    return np.ascontiguousarray(values, np.float16)[..., None].view(np.uint8)


def packed_q2_k(made):
    """(R, 2 · 84) bytes: 16 of scales and minima, 64 of weights, d, dmin."""
    scales, minima = made.fine.reshape(2, 6, 2, 16).astype(np.uint8)
    quarters = made.steps.reshape(6, 2, 2, 4, 32).astype(np.uint8)  # 128 weights: four times 32 share 32 bytes
    steps = sum(quarters[:, :, :, i] << 2 * i for i in range(4)).reshape(6, 2, 64)
    ends = [halves(each) for each in made.coarse]
    return np.concatenate([scales | minima << 4, steps, *ends], axis=2).reshape(6, -1)


def packed_q4_k(made):
    """(R, 2 · 144) bytes: d, dmin, 12 of scales and minima in six bits, 128 of weights."""
    s, m = made.fine.reshape(2, 6, 2, 8).astype(np.uint8)
    first = [s[..., :4] | s[..., 4:] >> 4 << 6, m[..., :4] | m[..., 4:] >> 4 << 6]
    last = s[..., 4:] & 15 | (m[..., 4:] & 15) << 4
    nibbles = made.steps.reshape(6, 2, 4, 2, 32).astype(np.uint8)
    steps = (nibbles[:, :, :, 0] | nibbles[:, :, :, 1] << 4).reshape(6, 2, 128)
    return np.concatenate([*(halves(each) for each in made.coarse), *first, last, steps], axis=2).reshape(6, -1)


def test_q8_0_is_that_of_the_gguf_package_byte_for_byte():
    gguf = pytest.importorskip("gguf")
    made = rounded(WEIGHTS, Q8_0)
    steps = made.steps.reshape(6, 16, 32).astype(np.int8).view(np.uint8)
    packed = np.concatenate([halves(made.scales), steps], axis=2).reshape(6, -1)
    assert (packed == gguf.quants.quantize(WEIGHTS, gguf.GGMLQuantizationType.Q8_0)).all()
    assert (read_back(packed, Q8_0) == made.back).all()


@pytest.mark.parametrize(("layout", "packed"), [(Q4_K, packed_q4_k), (Q2_K, packed_q2_k)])
def test_k_quants_come_back_as_the_gguf_package_reads_them(layout, packed):
    made = rounded(WEIGHTS, layout)
    np.testing.assert_allclose(read_back(packed(made), layout), made.back, rtol=1e-6, atol=1e-7)
    assert packed(made).size * 8 / WEIGHTS.size == layout.bits_per_weight


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
def test_no_weight_is_off_by_more_than_its_block_allows(layout):
    made = rounded(WEIGHTS, layout)
    steps = np.repeat(made.scales, layout.group, axis=1)
    shared = (
        np.repeat(made.coarse.sum(axis=0), 256, axis=1) * 2**layout.bits if layout.fine_levels else 0.001 * steps * 127
    )
    assert (np.abs(made.back - WEIGHTS) <= 0.5 * steps + shared + 1e-7).all()


def test_fewer_bits_come_back_worse_and_blocks_help():
    errors = [relative_error(WEIGHTS, rounded(WEIGHTS, layout).back) for layout in LAYOUTS]
    assert errors == sorted(errors)
    assert errors[0] < 0.01
    for layout, error in zip(LAYOUTS, errors, strict=True):
        assert relative_error(WEIGHTS, one_scale(WEIGHTS, layout.bits)) > 2 * error


def test_an_empty_block_stays_empty():
    for layout in LAYOUTS:
        assert not rounded(WEIGHTS, layout).back[3, 256:].any()


def test_a_width_that_fills_no_block_is_refused():
    with pytest.raises(ValueError, match="Q2_K needs rows of a multiple of 256 weights"):
        rounded(WEIGHTS[:, :96], Q2_K)
