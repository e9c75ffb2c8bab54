"""In: a tokenizer.json of the hub. Out: its words and merges in a GGUF file, under the names that llama.cpp knows."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from vidsense.errors import ModelError

NORMAL, UNKNOWN, CONTROL, USER_DEFINED, UNUSED, BYTE = range(1, 7)
"""llama.cpp's kinds of tokens."""
CUT = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}%s"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
PATTERNS = {CUT % "{1,3}": "llama-bpe", CUT % "": "qwen2"}
"""How a text is cut before merging → llama.cpp's name of that."""


def add_tokenizer(writer: Any, path: Path, config: Mapping[str, Any]) -> None:
    """The vocabulary, filled up to the model's. Raises `ModelError` for one that llama.cpp would cut otherwise."""
    said = read_tokenizer(path)
    model = said["model"]
    size = config["vocab_size"]
    tokens, kinds = tokens_of(said, size)
    if model.get("byte_fallback"):
        check_order(model)
        writer.add_tokenizer_model("llama")
        writer.add_token_scores([-float(i) for i in range(size)])
    else:
        writer.add_tokenizer_model("gpt2")
        writer.add_tokenizer_pre(cutting_of(said, path))
        writer.add_token_merges([each if isinstance(each, str) else " ".join(each) for each in model["merges"]])
    writer.add_token_list(tokens)
    writer.add_token_types(kinds)
    for kind in ("bos", "eos", "pad"):
        named = config.get(f"{kind}_token_id")
        first = named[0] if isinstance(named, list) else named
        if first is not None:
            getattr(writer, f"add_{kind}_token_id")(first)
    writer.add_add_bos_token(begins_with(said, tokens, config.get("bos_token_id")))
    writer.add_add_space_prefix(puts_space_first(said))


def read_tokenizer(path: Path) -> dict[str, Any]:
    """What tokenizer.json says. Raises `ModelError` for another kind than byte-pair encoding."""
    try:
        said: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"{path} cannot be read: {error}.") from error
    kind = said.get("model", {}).get("type")
    if kind != "BPE":
        raise ModelError(f"{path} holds a tokenizer of the kind {kind!r}; BPE can be written as GGUF.")
    return said


def tokens_of(said: Mapping[str, Any], size: int) -> tuple[list[str], list[int]]:
    """Each token by its id, and its kind; ids that no token has get a name that no text contains."""
    vocabulary: dict[str, int] = said["model"]["vocab"]
    tokens = [f"[unused{i}]" for i in range(size)]
    kinds = [UNUSED] * size
    for token, at in vocabulary.items():
        tokens[at], kinds[at] = token, NORMAL
        if said["model"].get("byte_fallback") and len(token) == 6 and token.startswith("<0x"):
            kinds[at] = BYTE
    for added in said.get("added_tokens", []):
        tokens[added["id"]] = added["content"]
        kinds[added["id"]] = CONTROL if added["special"] else USER_DEFINED
    if (unknown := said["model"].get("unk_token")) in vocabulary:
        kinds[vocabulary[unknown]] = UNKNOWN
    return tokens, kinds


def check_order(model: Mapping[str, Any]) -> None:
    """llama.cpp merges by the token's score, for which its id stands in: the merges must come in that order."""
    made = [model["vocab"]["".join(each.split(" ") if isinstance(each, str) else each)] for each in model["merges"]]
    first: dict[int, int] = {}
    for rank, token in enumerate(made):
        first.setdefault(token, rank)
    if list(first) != sorted(first):
        raise ModelError("tokenizer.json merges in another order than that of its ids: it cannot be written as GGUF.")


def steps_of(part: Mapping[str, Any] | None, inner: str) -> list[Mapping[str, Any]]:
    """The steps of a part of a tokenizer, one or a sequence."""
    if not part:
        return []
    return list(part[inner]) if part["type"] == "Sequence" else [part]


def cutting_of(said: Mapping[str, Any], path: Path) -> str:
    """llama.cpp's name of how a text is cut before merging."""
    if said.get("normalizer") and said["normalizer"]["type"] != "NFC":
        raise ModelError(
            f"{path} changes texts ({said['normalizer']['type']}) before they are cut, llama.cpp does not."
        )
    steps = steps_of(said.get("pre_tokenizer"), "pretokenizers")
    match [step["type"] for step in steps]:
        case ["ByteLevel"] if steps[0].get("use_regex", True):
            return "gpt-2"
        case ["Digits", "ByteLevel"] if steps[0].get("individual_digits") and steps[1].get("use_regex", True):
            return "smollm"
        case ["Split", "ByteLevel"] if (pattern := steps[0]["pattern"].get("Regex")) in PATTERNS:
            return PATTERNS[pattern]
    raise ModelError(f"{path} cuts texts in a way that is not known here; those of GPT-2, LLaMA 3, Qwen 2, SmolLM are.")


def begins_with(said: Mapping[str, Any], tokens: list[str], begin: int | None) -> bool:
    """Whether every text gets the token of the beginning in front."""
    after = steps_of(said.get("post_processor"), "processors")
    firsts = [step["single"][0].get("SpecialToken", {}).get("id") for step in after if step.get("single")]
    return begin is not None and tokens[begin] in firsts


def puts_space_first(said: Mapping[str, Any]) -> bool:
    """Whether the first word of a text is taken as one after a space."""
    steps = steps_of(said.get("pre_tokenizer"), "pretokenizers")
    if any(step.get("add_prefix_space") or step.get("prepend_scheme", "never") != "never" for step in steps):
        return True
    return any(step["type"] == "Prepend" for step in steps_of(said.get("normalizer"), "normalizers"))
