"""Models of the real classes of transformers, with the real geometry of their pictures, in the hub's layout.

They are narrow and their weights random: what they say means nothing, but every token and every picture changes it.
"""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from tokenizers import Tokenizer, models, pre_tokenizers, trainers  # noqa: E402
from transformers import (  # noqa: E402
    GPT2Tokenizer,
    LlamaTokenizer,
    LlavaNextVideoConfig,
    LlavaNextVideoForConditionalGeneration,
    PreTrainedModel,
    PreTrainedTokenizerBase,
    Qwen2Tokenizer,
    Qwen3VLConfig,
    Qwen3VLForConditionalGeneration,
    SmolVLMConfig,
    SmolVLMForConditionalGeneration,
)

CORPUS = [
    "You tell what happens in a video from some of its frames, in the order of time. Before each picture stands its id",
    "and its time, as in [f007 · 0:12.5]. Say only what you see in the pictures. A dog runs in. The door opens.",
    "At 0:30 something small comes in on the left. Nothing moves. USER: ASSISTANT: Assistant: User: What is this?",
]
BYTES = [f"<0x{value:02X}>" for value in range(256)]
WORDS = 400
LANGUAGE = {
    "hidden_size": 64,
    "intermediate_size": 96,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 16,
}
VISION = {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 2}
WEIGHT_STD = 0.12
WORD = re.compile("[Ġ▁]?[A-Za-z]+")

SMOLVLM_TEMPLATE = (
    "<|im_start|>{% for message in messages %}{{message['role'] | capitalize}}"
    "{% if message['content'][0]['type'] == 'image' %}{{':'}}{% else %}{{': '}}{% endif %}"
    "{% for line in message['content'] %}{% if line['type'] == 'text' %}{{line['text']}}"
    "{% elif line['type'] == 'image' %}{{ '<image>' }}{% endif %}{% endfor %}<end_of_utterance>\n{% endfor %}"
    "{% if add_generation_prompt %}{{ 'Assistant:' }}{% endif %}"
)
QWEN_TEMPLATE = (
    "{% for message in messages %}{{ '<|im_start|>' + message.role + '\n' }}"
    "{% for content in message.content %}{% if content.type == 'image' %}"
    "{{ '<|vision_start|><|image_pad|><|vision_end|>' }}{% else %}{{ content.text }}{% endif %}{% endfor %}"
    "{{ '<|im_end|>\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
LLAVA_TEMPLATE = (
    "{% for message in messages %}"
    "{% if message['role'] != 'system' %}{{ message['role'].upper() + ': '}}{% endif %}"
    "{% for content in message['content'] | selectattr('type', 'equalto', 'video') %}{{ '<video>\n' }}{% endfor %}"
    "{% for content in message['content'] | selectattr('type', 'equalto', 'text') %}{{ content['text'] + ' '}}"
    "{% endfor %}{% endfor %}{% if add_generation_prompt %}{{ 'ASSISTANT:' }}{% endif %}"
)
"""It puts the videos before all texts, as the one on the hub does."""


def write_json(path: Path, said: dict[str, Any]) -> None:
    path.write_text(json.dumps(said), "utf-8")


def trained(tokens: Tokenizer, **how: Any) -> dict[str, Any]:
    """The vocabulary and merges of a small BPE."""
    tokens.train_from_iterator(CORPUS, trainers.BpeTrainer(vocab_size=WORDS, show_progress=False, **how))
    model = json.loads(tokens.to_str())["model"]
    return {"vocab": model["vocab"], "merges": [tuple(merge) for merge in model["merges"]]}


def byte_level() -> dict[str, Any]:
    """As GPT-2 and Qwen have it."""
    tokens = Tokenizer(models.BPE())
    tokens.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    return trained(tokens, initial_alphabet=pre_tokenizers.ByteLevel.alphabet())


def with_byte_fallback() -> dict[str, Any]:
    """As Llama has it: a mark for each space, and bytes for what is not in the vocabulary."""
    tokens = Tokenizer(models.BPE(byte_fallback=True, unk_token="<unk>"))
    tokens.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    return trained(tokens, special_tokens=["<unk>", "<s>", "</s>", *BYTES])


def smolvlm_tokenizer() -> PreTrainedTokenizerBase:
    tokenizer = GPT2Tokenizer(
        **byte_level(), unk_token="<|endoftext|>", bos_token="<|im_start|>", eos_token="<end_of_utterance>"
    )
    tiles = [f"<row_{row}_col_{column}>" for row in range(1, 7) for column in range(1, 7)]
    tokenizer.add_special_tokens(
        {"additional_special_tokens": ["<fake_token_around_image>", "<image>", "<global-img>", *tiles]}
    )
    return tokenizer


def qwen_tokenizer() -> PreTrainedTokenizerBase:
    tokenizer = Qwen2Tokenizer(**byte_level(), eos_token="<|im_end|>", pad_token="<|endoftext|>")
    names = ["<|im_start|>", "<|vision_start|>", "<|vision_end|>", "<|image_pad|>", "<|video_pad|>"]
    tokenizer.add_special_tokens({"additional_special_tokens": names})
    return tokenizer


def llava_tokenizer() -> PreTrainedTokenizerBase:
    tokenizer = LlamaTokenizer(**with_byte_fallback(), add_bos_token=True)
    tokenizer.add_special_tokens({"additional_special_tokens": ["<video>", "<image>"], "pad_token": "<pad>"})
    return tokenizer


def smolvlm(folder: Path, tokenizer: PreTrainedTokenizerBase, context: int) -> PreTrainedModel:
    """As SmolVLM2 of 500 million: 512 pixels, patches of 16, 4 by 4 of them in a token."""
    square = {"longest_edge": 512}
    processor = {
        "image_processor_type": "SmolVLMImageProcessor",
        "processor_class": "SmolVLMProcessor",
        "size": {"longest_edge": 2048},
        "max_image_size": square,
        "image_mean": [0.5, 0.5, 0.5],
        "image_std": [0.5, 0.5, 0.5],
        "resample": 1,
        "video_sampling": {"fps": 1, "max_frames": 64, "video_size": square},
    }
    write_json(folder / "preprocessor_config.json", processor)
    write_json(folder / "processor_config.json", {"image_seq_len": 64, "processor_class": "SmolVLMProcessor"})
    config = SmolVLMConfig(
        text_config={"model_type": "llama", **LANGUAGE, **common(tokenizer, context)},
        vision_config={"model_type": "smolvlm_vision", **VISION, "image_size": 512, "patch_size": 16},
        image_token_id=tokenizer.convert_tokens_to_ids("<image>"),
        scale_factor=4,
    )
    return SmolVLMForConditionalGeneration(config)


def qwen3_vl(folder: Path, tokenizer: PreTrainedTokenizerBase, context: int) -> PreTrainedModel:
    """Patches of 16, 2 by 2 in a token."""
    processor = {
        "image_processor_type": "Qwen2VLImageProcessorFast",
        "processor_class": "Qwen3VLProcessor",
        "size": {"shortest_edge": 65536, "longest_edge": 16777216},
        "patch_size": 16,
        "temporal_patch_size": 2,
        "merge_size": 2,
        "image_mean": [0.5, 0.5, 0.5],
        "image_std": [0.5, 0.5, 0.5],
    }
    write_json(folder / "preprocessor_config.json", processor)
    rope = {"rope_type": "default", "mrope_section": [4, 2, 2], "mrope_interleaved": True, "rope_theta": 5e6}
    vision = {
        "depth": 2,
        "hidden_size": 32,
        "intermediate_size": 48,
        "num_heads": 2,
        "out_hidden_size": LANGUAGE["hidden_size"],
        "deepstack_visual_indexes": [0, 1],
    }
    config = Qwen3VLConfig(
        text_config={**LANGUAGE, **common(tokenizer, context), "rope_parameters": rope},
        vision_config=vision,
        image_token_id=tokenizer.convert_tokens_to_ids("<|image_pad|>"),
        video_token_id=tokenizer.convert_tokens_to_ids("<|video_pad|>"),
        vision_start_token_id=tokenizer.convert_tokens_to_ids("<|vision_start|>"),
        vision_end_token_id=tokenizer.convert_tokens_to_ids("<|vision_end|>"),
    )
    return Qwen3VLForConditionalGeneration(config)


def llava_next_video(folder: Path, tokenizer: PreTrainedTokenizerBase, context: int) -> PreTrainedModel:
    """336 pixels, patches of 14."""
    processor = {
        "image_processor_type": "LlavaNextImageProcessor",
        "processor_class": "LlavaNextVideoProcessor",
        "size": {"shortest_edge": 336},
        "crop_size": {"height": 336, "width": 336},
    }
    write_json(folder / "preprocessor_config.json", processor)
    said = {"patch_size": 14, "vision_feature_select_strategy": "default", "num_additional_image_tokens": 1}
    write_json(folder / "processor_config.json", {"processor_class": "LlavaNextVideoProcessor", **said})
    tower = {"model_type": "clip_vision_model", **VISION, "image_size": 336, "patch_size": 14, "projection_dim": 32}
    config = LlavaNextVideoConfig(
        text_config={"model_type": "llama", **LANGUAGE, **common(tokenizer, context)},
        vision_config=tower,
        image_token_index=tokenizer.convert_tokens_to_ids("<image>"),
        video_token_index=tokenizer.convert_tokens_to_ids("<video>"),
    )
    return LlavaNextVideoForConditionalGeneration(config)


def common(tokenizer: PreTrainedTokenizerBase, context: int) -> dict[str, Any]:
    return {
        "vocab_size": len(tokenizer),
        "max_position_embeddings": context,
        "pad_token_id": tokenizer.pad_token_id,
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
    }


Maker = Callable[[Path, PreTrainedTokenizerBase, int], PreTrainedModel]
FAMILIES: dict[str, tuple[Maker, Callable[[], PreTrainedTokenizerBase], str]] = {
    "smolvlm": (smolvlm, smolvlm_tokenizer, SMOLVLM_TEMPLATE),
    "qwen3_vl": (qwen3_vl, qwen_tokenizer, QWEN_TEMPLATE),
    "llava_next_video": (llava_next_video, llava_tokenizer, LLAVA_TEMPLATE),
}


def write_tiny_hf(folder: Path, family: str, *, seed: int = 0, context: int = 8192) -> Path:
    """The folder, with everything that the hub's has."""
    folder.mkdir(parents=True, exist_ok=True)
    make, make_tokenizer, template = FAMILIES[family]
    tokenizer = make_tokenizer()
    tokenizer.chat_template = template
    tokenizer.save_pretrained(folder)
    with torch.random.fork_rng([]):
        torch.manual_seed(seed)
        model = make(folder, tokenizer, context)
        for weight in model.parameters():
            if weight.ndim > 1:
                weight.data.normal_(std=WEIGHT_STD)
    words = [number for token, number in tokenizer.get_vocab().items() if WORD.fullmatch(token)]
    unlikely = torch.ones(len(tokenizer), dtype=torch.bool).index_fill(0, torch.tensor(words), False)
    model.get_output_embeddings().weight.data[unlikely] = 0.0  # it answers in words, not in bytes or marks of control
    model.save_pretrained(folder)
    return folder
