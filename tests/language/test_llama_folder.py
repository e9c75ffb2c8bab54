"""A folder in transformers' format becomes a GGUF file that says the same, whatever heads and precision it has."""

import json

import numpy as np
import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
pytest.importorskip("gguf")
tokenizers = pytest.importorskip("tokenizers")
pytest.importorskip("llama_cpp", reason="the extra [llama] is not installed")

from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers  # noqa: E402

from vidsense.errors import ModelError  # noqa: E402
from vidsense.language.gguf_tokenizer import CUT  # noqa: E402
from vidsense.language.llama import LlamaFile  # noqa: E402
from vidsense.language.llama_folder import convert_folder  # noqa: E402

LINES = [
    "A person pours water from a bottle into a glass, 12345 times.",
    "Où est-ce? It's 7:30.\n\n  the lamp goes on",
] * 9
TEXTS = ["the lamp's glass", "A person  pours 2025 glasses.\n\n", "Où? \t é日本", " leading", "don't STOP"]
SIZES = {
    "num_attention_heads": 4, "num_key_value_heads": 2, "hidden_size": 64, "intermediate_size": 96,
    "num_hidden_layers": 2, "max_position_embeddings": 64, "bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 0,
}  # fmt: skip
SPECIAL = ["<pad>", "<s>", "</s>"]


def byte_level(cut):
    """How GPT-2, LLaMA 3, Qwen 2 and SmolLM cut texts before merging."""
    tokenizer = Tokenizer(models.BPE())
    first = {
        "gpt-2": [], "smollm": [pre_tokenizers.Digits(individual_digits=True)],
        "llama-bpe": [pre_tokenizers.Split(Regex(CUT % "{1,3}"), "isolated")],
        "qwen2": [pre_tokenizers.Split(Regex(CUT % ""), "isolated")],
    }[cut]  # fmt: skip
    whole = cut in ("gpt-2", "smollm")
    last = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=whole)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([*first, last]) if first else last
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=330, special_tokens=SPECIAL, initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator(LINES, trainer)
    return tokenizer


def sentence_piece():
    """As LLaMA 2 has it: spaces are ▁, what has no token falls back to its bytes."""
    characters = sorted({*"".join(LINES).replace(" ", "▁")})
    tokens = ["<unk>", "<s>", "</s>", *(f"<0x{i:02X}>" for i in range(256)), *characters]
    merges = [("▁", "t"), ("▁t", "h"), ("▁th", "e"), ("l", "a"), ("la", "m"), ("▁", "lam")]
    tokens += [one + other for one, other in merges]
    vocabulary = {token: i for i, token in enumerate(tokens)}
    tokenizer = Tokenizer(models.BPE(vocabulary, merges, unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    tokenizer.add_special_tokens(["<unk>", "<s>", "</s>"])
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 1)])
    return tokenizer


def saved(folder, tokenizer, *, family="Llama", dtype=None, shard="1GB", **sizes):
    config = getattr(transformers, f"{family}Config")(**SIZES | {"vocab_size": tokenizer.get_vocab_size()} | sizes)
    torch.manual_seed(0)
    model = getattr(transformers, f"{family}ForCausalLM")(config).eval()
    for weight in model.parameters():
        torch.nn.init.normal_(weight, std=0.2 if weight.ndim > 1 else 0.5)
    model = model.to(dtype or torch.float32)
    model.save_pretrained(folder, max_shard_size=shard)
    tokenizer.save(str(folder / "tokenizer.json"))
    return model.float()


@pytest.mark.parametrize(
    "given",
    [
        {"tie_word_embeddings": False},
        {"tie_word_embeddings": True, "shard": "20KB"},
        {"head_dim": 32, "attention_bias": True, "mlp_bias": True},
        {"dtype": torch.bfloat16, "num_key_value_heads": 1},
        {"dtype": torch.float16, "vocab_size": 352},
        {"rope_parameters": {"rope_type": "linear", "factor": 4.0, "rope_theta": 50000.0}},
        {"family": "Mistral", "sliding_window": None},
    ],
    ids=str,
)
def test_the_file_says_what_the_folder_says(tmp_path, given):
    model = saved(tmp_path, byte_level("gpt-2"), **given)
    convert_folder(tmp_path, tmp_path / "out.gguf")
    ids = list(range(3, 43, 2))
    with torch.no_grad():
        expected = model(torch.tensor([ids])).logits[0, -1].numpy()
    with LlamaFile(tmp_path / "out.gguf", threads=1, context=64) as file:
        told = file.logits(None, ids)
    assert told.argmax() == expected.argmax()
    assert told @ expected / np.linalg.norm(told) / np.linalg.norm(expected) > 0.9999


@pytest.mark.parametrize("cut", ["gpt-2", "smollm", "llama-bpe", "qwen2"])
def test_texts_are_split_into_the_same_tokens(tmp_path, cut):
    tokenizer = byte_level(cut)
    saved(tmp_path, tokenizer)
    convert_folder(tmp_path, tmp_path / "out.gguf")
    with LlamaFile(tmp_path / "out.gguf", threads=1, context=64) as file:
        for text in TEXTS:
            assert file.ids(text) == tokenizer.encode(text).ids, text
        assert file.ids("<s>a</s>") == [1, *tokenizer.encode("a").ids, 2]


def test_sentence_pieces_are_the_same_tokens_too(tmp_path):
    tokenizer = sentence_piece()
    saved(tmp_path, tokenizer)
    convert_folder(tmp_path, tmp_path / "out.gguf")
    with LlamaFile(tmp_path / "out.gguf", threads=1, context=64) as file:
        for text in ["the lamp", "Où est le lama? 日"]:
            assert file.ids(text) == tokenizer.encode(text, add_special_tokens=False).ids, text


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"model_type": "gpt2"}, "model_type 'gpt2'; llama and mistral can be written as GGUF"),
        ({"hidden_act": "gelu"}, "hidden_act 'gelu'"),
        ({"rope_parameters": {"rope_type": "llama3", "rope_theta": 1e4}}, "rope_type 'llama3'"),
        ({"sliding_window": 32}, "sliding_window 32"),
    ],
)
def test_what_would_be_another_model_is_refused(tmp_path, change, said):
    saved(tmp_path, byte_level("gpt-2"))
    config = json.loads((tmp_path / "config.json").read_text("utf-8"))
    (tmp_path / "config.json").write_text(json.dumps(config | change), "utf-8")
    with pytest.raises(ModelError, match=said):
        convert_folder(tmp_path, tmp_path / "out.gguf")


def test_what_is_missing_or_cut_short_is_told(tmp_path):
    with pytest.raises(ModelError, match=r"config\.json cannot be read: .*transformers' format"):
        convert_folder(tmp_path, tmp_path / "out.gguf")
    saved(tmp_path, byte_level("gpt-2"))
    weights = (tmp_path / "model.safetensors").read_bytes()
    (tmp_path / "model.safetensors").write_bytes(weights[:-1000])
    with pytest.raises(ModelError, match=r"model\.safetensors is cut short in"):
        convert_folder(tmp_path, tmp_path / "out.gguf")
    (tmp_path / "model.safetensors").unlink()
    with pytest.raises(ModelError, match=r"model\.safetensors cannot be read"):
        convert_folder(tmp_path, tmp_path / "out.gguf")
    (tmp_path / "tokenizer.json").unlink()
    with pytest.raises(ModelError, match=r"has no tokenizer\.json"):
        convert_folder(tmp_path, tmp_path / "out.gguf")
