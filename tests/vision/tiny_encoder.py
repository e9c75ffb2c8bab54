"""Encoders of the real classes of transformers, in the hub's format, small and with random weights: what they say
means nothing, but every pixel and every word changes it."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from vidsense.source.stream import Frame

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers  # noqa: E402
from transformers import (  # noqa: E402
    CLIPConfig,
    CLIPModel,
    CLIPTextConfig,
    CLIPVisionConfig,
    PreTrainedModel,
    SiglipConfig,
    SiglipModel,
    SiglipTextConfig,
    SiglipVisionConfig,
)
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil  # noqa: E402
from transformers.models.siglip.image_processing_pil_siglip import SiglipImageProcessorPil  # noqa: E402

CORPUS = [
    "a photo of a cat, a dog and an airplane; what action is taking place?",
    "a person pours water from a bottle into a glass, a car drives by, nothing happens",
]
SIDE, PATCH, WIDTH, DIM = 64, 16, 32, 24
TOWER = {"num_hidden_layers": 3, "num_attention_heads": 4, "intermediate_size": 48}


def noise_frames(count: int, height: int = 90, width: int = 160) -> list[Frame]:
    """Frames of coarse noise, each another."""
    rng = np.random.default_rng(3)
    coarse = rng.integers(0, 256, (count, 9, 16, 3), dtype=np.uint8)
    return [Frame(cv2.resize(pixels, (width, height)), 0.5 * i) for i, pixels in enumerate(coarse)]


def clip_folder(folder: Path) -> Path:
    """A CLIP: model.safetensors, config.json, preprocessor_config.json, tokenizer.json."""
    vocabulary = clip_vocabulary(folder)
    end = vocabulary.token_to_id("<|endoftext|>")
    text = CLIPTextConfig(
        vocab_size=vocabulary.get_vocab_size(),
        hidden_size=WIDTH,
        max_position_embeddings=32,
        eos_token_id=end,
        bos_token_id=end - 1,
        projection_dim=DIM,
        **TOWER,
    )
    vision = CLIPVisionConfig(hidden_size=WIDTH, image_size=SIDE, patch_size=PATCH, projection_dim=DIM, **TOWER)
    config = CLIPConfig(text_config=text.to_dict(), vision_config=vision.to_dict(), projection_dim=DIM)
    save(CLIPModel(config), folder)
    size = {"height": SIDE, "width": SIDE}
    CLIPImageProcessorPil(size={"shortest_edge": SIDE}, crop_size=size).save_pretrained(folder)
    return folder


def siglip_folder(folder: Path) -> Path:
    """A SigLIP 2 of a fixed size, the same files."""
    vocabulary = siglip_vocabulary(folder)
    text = SiglipTextConfig(
        vocab_size=vocabulary.get_vocab_size(), hidden_size=WIDTH, max_position_embeddings=24, **TOWER
    )
    vision = SiglipVisionConfig(hidden_size=WIDTH, image_size=SIDE, patch_size=PATCH, **TOWER)
    save(SiglipModel(SiglipConfig(text_config=text.to_dict(), vision_config=vision.to_dict())), folder)
    SiglipImageProcessorPil(size={"height": SIDE, "width": SIDE}).save_pretrained(folder)
    return folder


def save(model: PreTrainedModel, folder: Path) -> None:
    """With weights wide enough that small errors show."""
    torch.manual_seed(7)
    with torch.no_grad():
        for name, values in model.named_parameters():
            if values.ndim > 1:
                values.normal_(0.0, 0.12)
            elif "norm" not in name:
                values.normal_(0.0, 0.05)
    model.save_pretrained(folder)


def clip_vocabulary(folder: Path) -> Tokenizer:
    """Byte-level BPE with CLIP's marks and word ends."""
    tokens = Tokenizer(models.BPE(unk_token="<|endoftext|>", end_of_word_suffix="</w>"))
    tokens.normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Lowercase()])
    tokens.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(" ", "removed"), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    tokens.decoder = decoders.ByteLevel()
    marks = ["<|startoftext|>", "<|endoftext|>"]
    trainer = trainers.BpeTrainer(
        vocab_size=320,
        special_tokens=[],
        end_of_word_suffix="</w>",
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokens.train_from_iterator(CORPUS, trainer)
    tokens.add_special_tokens(marks)
    ids = [(mark, tokens.token_to_id(mark)) for mark in marks]
    tokens.post_processor = processors.TemplateProcessing(single="<|startoftext|> $A <|endoftext|>", special_tokens=ids)
    return kept(tokens, folder)


def siglip_vocabulary(folder: Path) -> Tokenizer:
    """BPE over words with their spaces, as Gemma's, an <eos> at the end and <pad> behind it."""
    tokens = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True))
    tokens.normalizer = normalizers.Replace(" ", "▁")
    trainer = trainers.BpeTrainer(
        vocab_size=320, special_tokens=["<pad>", "<eos>", "<bos>", "<unk>"], show_progress=False
    )
    tokens.train_from_iterator(CORPUS, trainer)
    tokens.post_processor = processors.TemplateProcessing(single="$A <eos>", special_tokens=[("<eos>", 1)])
    return kept(tokens, folder)


def kept(tokens: Tokenizer, folder: Path) -> Tokenizer:
    folder.mkdir(parents=True, exist_ok=True)
    tokens.save(str(folder / "tokenizer.json"))
    (folder / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "PreTrainedTokenizerFast"}), "utf-8")
    return tokens
