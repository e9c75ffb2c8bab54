"""Graphs against the classes that define the checkpoints: the same pictures and words must give the same vectors."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")
pytest.importorskip("onnx")

import torch
from PIL import Image
from tests.vision.tiny_encoder import DIM, PATCH, SIDE, WIDTH, noise_frames
from tokenizers import Tokenizer
from transformers import CLIPModel, SiglipModel
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil
from transformers.models.siglip.image_processing_pil_siglip import SiglipImageProcessorPil

from vidsense.errors import ModelError
from vidsense.source.file import open_video
from vidsense.source.stream import Frame
from vidsense.vision.build import build_encoder, gigaflops, int8_levels
from vidsense.vision.checkpoint import read_checkpoint
from vidsense.vision.cost import nearest
from vidsense.vision.encoder import VisionEncoder
from vidsense.vision.graph import Graph
from vidsense.vision.load import load_encoder
from vidsense.vision.onnx import OnnxEncoder, session_of
from vidsense.vision.picture import BICUBIC, BILINEAR, Preprocessing, preprocessing_from, resized
from vidsense.vision.sheet import SHEET, graphs_in

TOLERANCE = 1e-4
"""float32: only the order of sums differs."""
TEXTS = ["A cat, and a dog", "an airplane", "what action is taking place?"]
FAMILIES: dict[str, tuple[Any, Any]] = {
    "clip": (CLIPModel, CLIPImageProcessorPil),
    "siglip": (SiglipModel, SiglipImageProcessorPil),
}


@pytest.fixture(scope="module", params=FAMILIES)
def pair(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path, VisionEncoder]:
    """A family, its checkpoint, and the encoder that was built from it."""
    checkpoint = request.getfixturevalue(f"{request.param}_checkpoint")
    folder = tmp_path_factory.mktemp(request.param) / "encoder"
    build_encoder(checkpoint, folder, f"tiny-{request.param}", noise_frames(6))
    return request.param, checkpoint, load_encoder(folder, precision="float32")


def reference_pixels(family: str, checkpoint: Path, frames: list[Frame]) -> Any:
    processor = FAMILIES[family][1].from_pretrained(checkpoint)
    return processor(images=[frame.pixels for frame in frames], return_tensors="pt")["pixel_values"]


def unit(rows: Any) -> np.ndarray:
    rows = getattr(rows, "pooler_output", rows)
    return np.asarray(torch.nn.functional.normalize(rows).numpy())


def test_tokens_and_embeddings_equal_those_of_transformers(pair: tuple[str, Path, VisionEncoder]) -> None:
    family, checkpoint, encoder = pair
    frames = noise_frames(5)
    model = FAMILIES[family][0].from_pretrained(checkpoint).eval()
    pixels = reference_pixels(family, checkpoint, frames)
    with torch.no_grad():
        tokens = model.vision_model(pixels).last_hidden_state[:, -encoder.info.patches :].numpy()
        embeddings = unit(model.get_image_features(pixel_values=pixels))
    features = encoder.encode(frames)
    np.testing.assert_allclose(features.tokens, tokens, atol=TOLERANCE)
    np.testing.assert_allclose(features.embeddings, embeddings, atol=TOLERANCE)
    np.testing.assert_allclose(encoder.embed(frames), embeddings, atol=TOLERANCE)
    np.testing.assert_allclose(encoder.tokenize(frames), tokens, atol=TOLERANCE)
    assert features.pts_seconds.tolist() == [frame.pts_seconds for frame in frames]
    assert np.abs(embeddings @ embeddings.T - 1.0).max() > 0.01, "frames that all look alike would prove nothing"


def test_text_embeddings_equal_those_of_transformers(pair: tuple[str, Path, VisionEncoder]) -> None:
    family, checkpoint, encoder = pair
    model = FAMILIES[family][0].from_pretrained(checkpoint).eval()
    vocabulary = Tokenizer.from_file(str(checkpoint / "tokenizer.json"))
    for text in TEXTS:
        ids = vocabulary.encode(text.lower()).ids
        ids += [0] * (24 - len(ids)) if family == "siglip" else []
        with torch.no_grad():
            expected = unit(model.get_text_features(input_ids=torch.tensor([ids])))
        np.testing.assert_allclose(encoder.embed_text([text]), expected, atol=TOLERANCE)
    assert encoder.embed_text(TEXTS).shape == (3, encoder.info.embed_dim)


def test_what_the_network_sees_is_what_the_reference_processor_makes(pair: tuple[str, Path, VisionEncoder]) -> None:
    family, checkpoint, encoder = pair
    assert isinstance(encoder, OnnxEncoder)
    rng = np.random.default_rng(1)
    for height, width in ((90, 160), (160, 90), (64, 64), (65, 301), (40, 50)):
        portrait = 5 / 255 / 0.26 if height > width else 1e-5
        frame = Frame(rng.integers(0, 256, (height, width, 3), dtype=np.uint8), 0.0)
        expected = reference_pixels(family, checkpoint, [frame])[0].numpy()
        made = encoder.preprocessing.network_input(encoder.seen(frame.pixels))
        # the same 8-bit values, but where Pillow (from 13 on) scales high pictures down before it scales them across
        assert np.abs(made - expected).max() < portrait


@pytest.mark.parametrize("resample", [BILINEAR, BICUBIC])
@pytest.mark.parametrize("size", [(224, 398), (500, 300), (45, 80), (1, 7)])
def test_scaling_equals_pillows_bit_by_bit(resample: int, size: tuple[int, int]) -> None:
    pixels = np.random.default_rng(5).integers(0, 256, (270, 480, 3), dtype=np.uint8)
    expected = np.asarray(Image.fromarray(pixels).resize(size[::-1], resample))
    np.testing.assert_array_equal(resized(pixels, size, resample), expected)


def test_an_encoder_tells_what_it_is(clip_encoder: VisionEncoder) -> None:
    info = clip_encoder.info
    assert (info.size, info.grid, info.width, info.embed_dim) == ((SIDE, SIDE), (4, 4), WIDTH, DIM)
    assert (info.patches, info.patch_size, info.class_token, info.depth) == (16, (PATCH, PATCH), True, 3)
    assert info.has_text


def test_int8_is_near_and_its_cost_is_written_down(clip_encoder_folder: Path) -> None:
    said = json.loads((clip_encoder_folder / SHEET).read_text("utf-8"))["int8"]
    frames = noise_frames(6)
    exact, rough = (load_encoder(clip_encoder_folder, precision=p).embed(frames) for p in ("float32", "int8"))
    cosines = (exact * rough).sum(axis=1)
    assert said["cosine_mean"] == pytest.approx(cosines.mean(), abs=1e-4)
    assert said["cosine_least"] == pytest.approx(cosines.min(), abs=1e-4)
    assert 0.99 < cosines.min() < 0.9999999, "int8 must be near, and must differ"
    assert said["same_nearest"] == (nearest(exact) == nearest(rough)).mean()
    assert said["frames"] == 6


def test_the_int8_of_this_machine_does_not_overflow(tmp_path: Path) -> None:
    levels = int8_levels(tmp_path)
    assert not list(tmp_path.iterdir())
    graph = Graph({}, fused=True, levels=levels)
    graph.name(graph.linear("pixels", "largest", np.full((8, 256), 3.0, np.float32), None), "sums")
    file = tmp_path / "largest.onnx"
    file.write_bytes(graph.model({"pixels": [1, 256]}, {"sums": [1, 8]}).SerializeToString())
    sums = session_of(file).run(None, {"pixels": np.full((1, 256), 2.0, np.float32)})[0]
    np.testing.assert_allclose(sums, 256 * 6.0, rtol=0.01)  # overflowing sums come out as about half of it


def test_the_operations_of_a_real_vit_are_counted() -> None:
    class Shape:
        family, grid, patch_size = "clip", 14, 16
        vision = type("Tower", (), {"width": 768, "depth": 12})
        weights = {"vision_model.encoder.layers.0.mlp.fc1.weight": [0] * 3072}  # noqa: RUF012

    assert gigaflops(Shape()) == pytest.approx(35.1, abs=0.1)  # type: ignore[arg-type]


def test_a_sentence_falls_into_the_tokens_that_the_encoder_reads(clip_encoder: VisionEncoder) -> None:
    tokens = clip_encoder.split_text("What action is taking place?")
    assert tokens[0].text == "<|startoftext|>"
    assert tokens[0].added
    assert tokens[-1].added
    assert "".join(token.text for token in tokens if not token.added) == "Whatactionistakingplace?"


def test_a_text_that_is_too_long_is_refused_and_not_cut(clip_encoder: VisionEncoder) -> None:
    with pytest.raises(ModelError, match="reads 32: write it shorter"):
        clip_encoder.embed_text(["a dog " * 40])


def test_many_frames_are_taken_a_few_at_a_time(clip_encoder: VisionEncoder) -> None:
    taken: list[int] = []

    def frames() -> Any:
        for i, frame in enumerate(noise_frames(10)):
            taken.append(i)
            yield frame

    assert clip_encoder.embed(frames()).shape == (10, DIM)
    assert clip_encoder.embed([]).shape == (0, DIM)
    assert taken == list(range(10))


def test_weights_in_several_files_are_one_checkpoint(clip_checkpoint: Path, tmp_path: Path) -> None:
    CLIPModel.from_pretrained(clip_checkpoint).save_pretrained(tmp_path, max_shard_size="20KB")
    assert len(list(tmp_path.glob("model-*.safetensors"))) > 1
    whole, parts = read_checkpoint(clip_checkpoint).weights, read_checkpoint(tmp_path).weights
    assert whole.keys() == parts.keys()
    assert all(np.array_equal(whole[name], parts[name]) for name in whole)


def broken(folder: Path, name: str, change: Any) -> Path:
    said = json.loads((folder / name).read_text("utf-8"))
    change(said)
    (folder / name).write_text(json.dumps(said), "utf-8")
    return folder


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda f: (f / "config.json").unlink(), "config.json cannot be read"),
        (lambda f: (f / "config.json").write_text("{"), "is no JSON"),
        (lambda f: broken(f, "config.json", lambda c: c.update(model_type="dinov2")), "'dinov2'; CLIP and SigLIP"),
        (lambda f: (f / "model.safetensors").write_bytes(b"no"), "get it again"),
        (lambda f: (f / "model.safetensors").unlink(), "holds the weights"),
        (lambda f: broken(f, "preprocessor_config.json", lambda c: c.update(resample=1)), "scaling filter 1"),
    ],
)
def test_a_broken_checkpoint_is_told_in_a_sentence(
    clip_checkpoint: Path, tmp_path: Path, spoil: Any, told: str
) -> None:
    folder = tmp_path / "broken"
    shutil.copytree(clip_checkpoint, folder)
    spoil(folder)
    with pytest.raises(ModelError, match=told):
        build_encoder(folder, tmp_path / "made", "broken", noise_frames(2))


def test_an_encoder_that_is_not_there_is_told_with_what_gets_it(clip_checkpoint: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="`vidsense models pull clip-vit-b16` gets it"):
        load_encoder("clip-vit-b16", shelf=tmp_path)
    with pytest.raises(ModelError, match="holds a checkpoint; `vidsense models pull"):
        load_encoder(clip_checkpoint)
    with pytest.raises(ModelError, match="no encoder 'nothing'"):
        load_encoder("nothing", shelf=tmp_path)


def test_a_broken_graph_is_told_in_a_sentence(clip_encoder_folder: Path, tmp_path: Path) -> None:
    folder = tmp_path / "broken"
    shutil.copytree(clip_encoder_folder, folder)
    (folder / "float32_pictures.onnx").write_bytes(b"no graph")
    with pytest.raises(ModelError, match="cannot be loaded"):
        load_encoder(folder, precision="float32").embed(noise_frames(1))
    broken(folder, SHEET, lambda said: said.pop("width"))
    with pytest.raises(ModelError, match="not complete"):
        graphs_in(folder)


def test_preprocessing_follows_the_file_of_each_family() -> None:
    clip = preprocessing_from({"size": 224, "crop_size": 224, "do_center_crop": True, "resample": 3}, 224)
    assert (clip.shorter_side, clip.decoding_size(1080, 1920)) == (224, (224, 398))
    siglip = preprocessing_from({"size": {"height": 256, "width": 256}, "resample": 2}, 256)
    assert (siglip.shorter_side, siglip.decoding_size(1080, 1920)) == (None, (256, 256))
    mobile = preprocessing_from({"size": {"shortest_edge": 256}, "crop_size": 256, "do_normalize": False}, 256)
    assert (mobile.mean, mobile.std) == ((0.0, 0.0, 0.0), (1.0, 1.0, 1.0))


def test_torch_gives_the_same_as_the_graphs(pair: tuple[str, Path, VisionEncoder]) -> None:
    _, checkpoint, encoder = pair
    frames, torch_encoder = noise_frames(3), load_encoder(f"hf/{checkpoint}")
    ours, theirs = encoder.encode(frames), torch_encoder.encode(frames)
    np.testing.assert_allclose(theirs.tokens, ours.tokens, atol=TOLERANCE)
    np.testing.assert_allclose(theirs.embeddings, ours.embeddings, atol=TOLERANCE)
    np.testing.assert_allclose(torch_encoder.embed_text(TEXTS), encoder.embed_text(TEXTS), atol=TOLERANCE)
    assert torch_encoder.info.runtime.startswith("torch ")


class Exported(torch.nn.Module):
    """The picture tower as others export it: with the class token, and not at unit length."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model

    def forward(self, pixel_values: Any) -> tuple[Any, Any]:
        found = self.model.vision_model(pixel_values)
        return self.model.visual_projection(found.pooler_output), found.last_hidden_state


@pytest.mark.filterwarnings("ignore")
def test_graphs_that_others_exported_are_read_as_they_are(
    clip_checkpoint: Path, clip_encoder: VisionEncoder, tmp_path: Path
) -> None:
    folder = tmp_path / "ready"
    (folder / "onnx").mkdir(parents=True)
    model = CLIPModel.from_pretrained(clip_checkpoint, attn_implementation="eager").eval()
    torch.onnx.export(
        Exported(model),
        (torch.zeros(1, 3, SIDE, SIDE),),
        str(folder / "onnx" / "vision_model.onnx"),
        input_names=["pixel_values"],
        output_names=["image_embeds", "last_hidden_state"],
        dynamic_axes={name: {0: "batch"} for name in ("pixel_values", "image_embeds", "last_hidden_state")},
        dynamo=False,
    )
    shutil.copyfile(clip_checkpoint / "preprocessor_config.json", folder / "preprocessor_config.json")
    encoder, frames = load_encoder(folder), noise_frames(3)
    ours, theirs = clip_encoder.encode(frames), encoder.encode(frames)
    np.testing.assert_allclose(theirs.tokens, ours.tokens, atol=TOLERANCE)
    np.testing.assert_allclose(theirs.embeddings, ours.embeddings, atol=TOLERANCE)
    assert (encoder.info.grid, encoder.info.class_token, encoder.info.has_text) == ((4, 4), True, False)
    with pytest.raises(ModelError, match="has no text tower"):
        encoder.embed_text(["a cat"])
    with pytest.raises(ModelError, match="no graph of precision int8"):
        load_encoder(folder, precision="int8")


@pytest.mark.full
def test_openvino_gives_nearly_the_same_where_it_is_installed(clip_encoder_folder: Path) -> None:
    pytest.importorskip("openvino")
    pytest.importorskip("nncf")
    frames = noise_frames(4)
    exact, quick = (
        load_encoder(clip_encoder_folder, precision="float32"),
        load_encoder(clip_encoder_folder, runtime="OpenVINO"),
    )
    assert ((exact.embed(frames) * quick.embed(frames)).sum(axis=1) > 0.99).all()
    assert quick.tokenize(frames).shape == exact.tokenize(frames).shape
    assert quick.info.runtime == "OpenVINO"
    assert quick.info.fingerprint != exact.info.fingerprint


@pytest.mark.full
def test_a_video_decoded_at_the_encoders_size_looks_as_from_its_full_picture(shared_videos: Path) -> None:
    prepare, differences = Preprocessing((224, 224), 224), []
    for path in sorted(shared_videos.glob("*.mp4"))[:6]:
        with open_video(path) as stream:
            size = prepare.decoding_size(stream.info.height, stream.info.width)
            whole, small = (next(iter(stream.frames_at([1.0], asked))).pixels for asked in (None, size))
        difference = np.abs(prepare.seen(whole).astype(int) - prepare.seen(small).astype(int))
        differences.append(float(difference.mean()))
        assert np.percentile(difference, 99.9) < 32, path.name
    assert np.mean(differences) < 1.5, differences
    assert max(differences) < 2.5, differences
