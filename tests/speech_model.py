"""A speech model in the real format (CTranslate2's Whisper) that hears nothing and says what it was made to say.

Its layers are zero; the embedding of each position points at the token that comes next.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np

SIZE, MELS, POSITIONS, STRENGTH = 64, 80, 448, 10.0
SPECIAL = "startoftranscript en translate transcribe startoflm startofprev nospeech notimestamps".split()  # noqa: SIM905
PROMPT = 1
"""Tokens before the first that is said: <|startoftranscript|>."""


def write_speech_model(folder: Path, words: list[str], start: float = 0.0, end: float = 1.0) -> Path:
    """A folder with a model that says `words` from `start` to `end` of whatever it is given."""
    from ctranslate2.specs import WhisperSpec
    from ctranslate2.specs.whisper_spec import WhisperConfig
    from tokenizers.pre_tokenizers import ByteLevel

    times = [f"<|{0.02 * i:.2f}|>" for i in range(1501)]
    spoken = [f"Ġ{word}" for word in words]
    letters = sorted(ByteLevel.alphabet())
    tokens = [*letters, *spoken, "<|endoftext|>", *(f"<|{name}|>" for name in SPECIAL), *times]
    said = [f"<|{start:.2f}|>", *spoken, f"<|{end:.2f}|>", "<|endoftext|>"]
    spec = WhisperSpec(1, 1, 1, 1)
    directions = np.random.default_rng(0).normal(size=(len(tokens), SIZE)).astype(np.float32)
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    fill(spec.encoder, directions)
    fill(spec.decoder, directions)
    spec.encoder.position_encodings.encodings = np.zeros((1500, SIZE), np.float32)
    positions = np.tile(directions[tokens.index("<|endoftext|>")], (POSITIONS, 1))
    positions[PROMPT - 1 : PROMPT - 1 + len(said)] = directions[[tokens.index(token) for token in said]]
    spec.decoder.position_encodings.encodings = STRENGTH * positions
    spec.register_vocabulary(tokens)
    for name, value in vars(
        WhisperConfig(suppress_ids=[], suppress_ids_begin=[], lang_ids=[], alignment_heads=[(0, 0)])
    ).items():
        setattr(spec.config, name, value)
    spec.validate()
    folder.mkdir(parents=True)
    spec.save(str(folder))
    write_tokenizer(folder / "tokenizer.json", tokens)
    return folder


def fill(part: Any, directions: np.ndarray, path: str = "") -> None:
    """Give each weight of a part its value."""
    for name, value in list(vars(part).items()):
        here = f"{path}/{name}"
        for i, one in enumerate(value) if isinstance(value, list) else []:
            fill(one, directions, f"{here}_{i}")
        if hasattr(value, "__dict__"):
            fill(value, directions, here)
        elif value is None:
            setattr(part, name, weight(here, directions))


def weight(path: str, directions: np.ndarray) -> np.ndarray:
    """The value of one weight, of the shape that its place wants."""
    if path.endswith(("embeddings/weight", "projection/weight")):
        return directions
    if path.endswith(("gamma", "beta")):
        return np.full(SIZE, float(path.endswith("gamma")), np.float32)
    shapes = {
        "conv1/weight": (SIZE, MELS, 3), "conv2/weight": (SIZE, SIZE, 3),
        "self_attention/linear_0/weight": (3 * SIZE, SIZE), "attention/linear_1/weight": (2 * SIZE, SIZE),
        "ffn/linear_0/weight": (4 * SIZE, SIZE), "ffn/linear_1/weight": (SIZE, 4 * SIZE),
    }  # fmt: skip
    if path.endswith("self_attention/linear_1/weight"):
        return np.zeros((SIZE, SIZE), np.float32)
    shape = next((shape for place, shape in shapes.items() if path.endswith(place)), (SIZE, SIZE))
    return np.zeros(shape, np.float32)


def write_tokenizer(path: Path, tokens: list[str]) -> None:
    """`tokenizer.json` as the tokenizers library reads it."""
    special = [token for token in tokens if token.startswith("<|")]
    added = [
        {
            "id": tokens.index(t),
            "content": t,
            "special": not t[2].isdigit(),
            "single_word": False,
            "lstrip": False,
            "rstrip": False,
            "normalized": False,
        }
        for t in special
    ]
    model = {"type": "BPE", "vocab": {t: i for i, t in enumerate(tokens)}, "merges": [], "unk_token": None}
    level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    path.write_text(
        json.dumps({"version": "1.0", "added_tokens": added, "pre_tokenizer": level, "decoder": level, "model": model}),
        "utf-8",
    )
