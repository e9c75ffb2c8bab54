"""The temporal transformer equals PyTorch's with the same weights, and says what its attention is made of."""

import numpy as np
import pytest

from vidsense.temporal.transformer import ClipFeatures, TemporalTransformer, resemblance, time_positions

FRAMES, WIDTH, HEADS = 7, 64, 8
TIMES = np.array([0.0, 0.4, 1.0, 4.5, 4.6, 9.0, 30.0])


def torch_encoder(torch, seed=0, depth=2):
    torch.manual_seed(seed)
    layer = torch.nn.TransformerEncoderLayer(WIDTH, HEADS, 4 * WIDTH, dropout=0.0, batch_first=True)
    encoder = torch.nn.TransformerEncoder(layer, depth, enable_nested_tensor=False).eval()
    for parameter in encoder.parameters():  # the copies of a layer begin alike, its biases as zeros
        torch.nn.init.normal_(parameter, std=0.1)
    return encoder


def embeddings(seed=0, frames=FRAMES):
    vectors = np.random.default_rng(seed).normal(size=(frames, WIDTH)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def test_it_equals_torch_with_the_same_weights():
    torch = pytest.importorskip("torch")
    encoder = torch_encoder(torch)
    ours = TemporalTransformer.from_state({k: v.numpy() for k, v in encoder.state_dict().items()}, HEADS)
    features = ours(embeddings(), TIMES)
    x = torch.from_numpy(embeddings() + time_positions(TIMES, WIDTH))[None]
    with torch.no_grad():
        expected = encoder(x)[0]
        _, attention = encoder.layers[0].self_attn(x, x, x, average_attn_weights=False)
    torch.testing.assert_close(torch.from_numpy(features.embeddings), expected, rtol=1e-4, atol=1e-5)  # float32 sums
    torch.testing.assert_close(torch.from_numpy(features.attention[0]), attention[0], rtol=1e-4, atol=1e-5)


def test_its_weights_go_back_to_torch(tmp_path):
    torch = pytest.importorskip("torch")
    safetensors = pytest.importorskip("safetensors.numpy")
    encoder, other = torch_encoder(torch, 1), torch_encoder(torch, 2)
    ours = TemporalTransformer.from_state({k: v.numpy() for k, v in encoder.state_dict().items()}, HEADS)
    safetensors.save_file(ours.state(), tmp_path / "temporal.safetensors")
    kept = safetensors.load_file(tmp_path / "temporal.safetensors")
    other.load_state_dict({name: torch.from_numpy(value) for name, value in kept.items()})
    x = torch.randn(1, 5, WIDTH)
    with torch.no_grad():
        torch.testing.assert_close(other(x), encoder(x))


def test_positions_are_the_papers_by_seconds():
    positions = time_positions(TIMES, 6)
    for t, row in zip(TIMES, positions, strict=True):
        for i in range(3):
            rate = 10_000.0 ** (-2 * i / 6)
            assert row[2 * i] == pytest.approx(np.sin(t * rate), abs=1e-6)
            assert row[2 * i + 1] == pytest.approx(np.cos(t * rate), abs=1e-6)


def test_frames_that_are_sampled_unevenly_keep_their_places():
    torch = pytest.importorskip("torch")
    state = {k: v.numpy() for k, v in torch_encoder(torch).state_dict().items()}
    transformer, vectors = TemporalTransformer.from_state(state, HEADS), embeddings()
    order = np.array([3, 0, 6, 1, 5, 2, 4])
    straight, mixed = transformer(vectors, TIMES), transformer(vectors[order], TIMES[order])
    np.testing.assert_allclose(mixed.embeddings, straight.embeddings[order], rtol=1e-4, atol=1e-5)
    later = transformer(vectors, 2 * TIMES)
    assert np.abs(later.embeddings - straight.embeddings).max() > 0.01


def test_the_form_without_parameters_shows_which_frames_are_alike():
    one, other = embeddings(1, 1), embeddings(2, 1)
    shots = np.concatenate([np.repeat(one, 4, 0), np.repeat(other, 3, 0)])
    features = resemblance(shots, TIMES)
    attention = features.attention[0, 0]
    assert features.form == "parameter-free"
    np.testing.assert_allclose(attention.sum(axis=1), 1.0, rtol=1e-5)
    assert attention[:4, :4].sum() > 3.99
    assert attention[4:, 4:].sum() > 2.99


def test_what_all_look_at_is_important():
    middle = embeddings(3, 1)[0]
    vectors = 0.6 * middle + 0.8 * embeddings(4)
    vectors[2] = middle
    importance = resemblance(vectors, TIMES, temperature=0.2).importance
    assert importance.argmax() == 2
    assert importance.mean() == pytest.approx(1.0)


def test_what_does_not_fit_is_refused():
    torch = pytest.importorskip("torch")
    state = {k: v.numpy() for k, v in torch_encoder(torch).state_dict().items()}
    with pytest.raises(ValueError, match=r"must be \(T, 64\)"):
        TemporalTransformer.from_state(state, HEADS)(np.zeros((3, 32), np.float32), TIMES[:3])
    with pytest.raises(ValueError, match="at least one layer"):
        TemporalTransformer.from_state({})
    with pytest.raises(ValueError, match=r"no layers\.0\.linear1\.bias"):
        TemporalTransformer.from_state({k: v for k, v in state.items() if k != "layers.0.linear1.bias"})
    with pytest.raises(ValueError, match="cannot be shared among 7 heads"):
        TemporalTransformer.from_state(state, 7)
    with pytest.raises(ValueError, match="3 frames but 2 times"):
        ClipFeatures(np.zeros((3, 4)), np.zeros((1, 1, 3, 3)), np.zeros(2), "trained")
