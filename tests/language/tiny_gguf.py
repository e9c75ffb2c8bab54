"""A LLaVA-style vision-language model in the real format (GGUF) that llama.cpp loads, reads, looks with and chats with.

Its weights are random: what it says means nothing, but it changes with every picture and does not go in circles. The
gains below are chosen for that: sharp attention with a large share (of its pairs of tokens, 97 % come once in 200).
"""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from gguf import GGUFWriter, TokenType

EMBED_DIM, DEPTH, NUM_HEADS, HIDDEN_DIM = 64, 2, 4, 128
IMAGE_SIZE, PATCH_SIZE, VISION_DIM = 56, 14, 32
LOGIT_STD = 4.0
END_STD = 1.75 * LOGIT_STD
"""The end comes more often than any other token, so that most answers end within a hundred tokens."""
BEGIN, END = "<s>", "</s>"
CHAT_TEMPLATE = (
    "{% for message in messages %}{{ message.role }}: {{ message.content }}"
    "{% if message.role == 'assistant' %}{{ eos_token }}{% endif %}{{ '\\n' }}{% endfor %}"
    "{% if add_generation_prompt %}assistant:{% endif %}"
)
WORDS = """
a about across after again against all almost along already also always an and another answer any are around as asked at
away back bag ball be because been before begin behind being below beside best between bicycle big bird black blue book
both bottom box boy bright brown building but by camera can cannot car carry cat centre chair change child clear clip
clock close closed cloud colour come comes complete confidence corner count cross cut dark day describe detail different
do does dog done door down driver each early east edge either empty end ends enough enter entry even event events every
evidence exactly example face fact facts false far few field find first five floor follow following for four frame
frames from front full garden gate gets girl give given glass go goes going gone grass gray green ground group had half
hand has have he head her here high him his hold hour house how however id ids if in inside into is it its just keep
kind know known label language large last later leave leaves left length less let letter light like line list little
long look looks lower make man many mark may means measured middle minute moment more most motion mouth move moved moves
moving much must name near never new next night no noise none not nothing now number object of off often old on once one
only open or orange order other our out outside over own pan part people per person picture pictures piece place plain
play point possible present question quickly quiet rain read really red rest return right road room round run same say
says scene screen second seconds see seem seen sentence several shape she short shot should show shown shows side sign
single six size sky slow slowly small so some something sound space speech stand start starts state stay step still stop
stops street such summary sun table take taken talk tell ten text than that the their them then there these they thing
things this those three through time times to together top toward track tree truck true turn turns two under unknown
until up upper use used user very video view voice walk walks wall want was watch water way we wear well were west what
wheel when where which while white who whole why will wind window with within without word words write yard yellow yes
you your zoom
"""
STARTS = "Answer At Describe Each Give How If In Is It Name No Not Say The This What When Where Which Who Yes You"
KEYS = """
answer answers assistant certain confidence content description end event events evidence false frame frames id ids
label null object question role seconds start string summary system text time title true type user words
"""
ENDINGS = "ing ed er es tion al en on or le th ly"
MARKS = '{" ": ", "} "] [" ":" "," ":[" ":[" },{" ... -- ** :// ),'


def write_tiny_model(folder: Path, *, seed: int = 0, context: int = 8192, vision: bool = True) -> tuple[Path, Path]:
    """The paths of a language model and its picture encoder; without `vision` the second file is not written."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    language, encoder = folder / "tiny.gguf", folder / "mmproj-tiny.gguf"
    write_language_model(language, rng, context)
    if vision:
        write_picture_encoder(encoder, rng)
    return language, encoder


def write_language_model(path: Path, rng: np.random.Generator, context: int) -> None:
    """A llama with a byte-level vocabulary."""
    writer = GGUFWriter(path, "llama")
    writer.add_name("tiny")
    writer.add_context_length(context)
    writer.add_embedding_length(EMBED_DIM)
    writer.add_block_count(DEPTH)
    writer.add_feed_forward_length(HIDDEN_DIM)
    writer.add_head_count(NUM_HEADS)
    writer.add_head_count_kv(NUM_HEADS)
    writer.add_rope_dimension_count(EMBED_DIM // NUM_HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    tokens = add_tokenizer(writer)
    weights = {"token_embd.weight": rng.normal(size=(len(tokens), EMBED_DIM)), "output.weight": head(tokens, rng)}
    weights |= {f"blk.{i}.{name}": weight for i in range(DEPTH) for name, weight in llama_block(rng).items()}
    write(writer, weights | {"output_norm.weight": np.ones(EMBED_DIM)})


def head(tokens: list[str], rng: np.random.Generator) -> np.ndarray:
    """(V, D): a row for each token, zero for those it shall not say: control characters, parts of words and letters."""
    rows = linear(EMBED_DIM, len(tokens), rng, gain=LOGIT_STD)
    said = {*byte_symbols()[32:127], *pieces(), END}
    rows[[token not in said for token in tokens]] = 0.0
    rows[tokens.index(END)] *= END_STD / LOGIT_STD
    return rows


def llama_block(rng: np.random.Generator) -> dict[str, np.ndarray]:
    """The weights of one layer of the language model."""
    return {
        "attn_norm.weight": np.ones(EMBED_DIM),
        "attn_q.weight": linear(EMBED_DIM, EMBED_DIM, rng, gain=2.0),
        "attn_k.weight": linear(EMBED_DIM, EMBED_DIM, rng, gain=2.0),
        "attn_v.weight": linear(EMBED_DIM, EMBED_DIM, rng),
        "attn_output.weight": linear(EMBED_DIM, EMBED_DIM, rng, gain=3.0),
        "ffn_norm.weight": np.ones(EMBED_DIM),
        "ffn_gate.weight": linear(EMBED_DIM, HIDDEN_DIM, rng),
        "ffn_up.weight": linear(EMBED_DIM, HIDDEN_DIM, rng),
        "ffn_down.weight": linear(HIDDEN_DIM, EMBED_DIM, rng, gain=2.0),
    }


def write_picture_encoder(path: Path, rng: np.random.Generator) -> None:
    """A picture tower without class token, as SigLIP's, and the two layers that make its patches into tokens.

    As LLaVA does, llama.cpp takes the features before the last block.
    """
    writer = GGUFWriter(path, "clip")
    writer.add_clip_has_vision_encoder(True)
    writer.add_clip_projector_type("mlp")
    writer.add_vision_image_size(IMAGE_SIZE)
    writer.add_vision_patch_size(PATCH_SIZE)
    writer.add_vision_embedding_length(VISION_DIM)
    writer.add_vision_feed_forward_length(2 * VISION_DIM)
    writer.add_vision_projection_dim(EMBED_DIM)
    writer.add_vision_block_count(DEPTH)
    writer.add_vision_head_count(NUM_HEADS)
    writer.add_vision_attention_layernorm_eps(1e-6)
    writer.add_vision_image_mean([0.5, 0.5, 0.5])
    writer.add_vision_image_std([0.5, 0.5, 0.5])
    writer.add_vision_use_gelu(True)
    patches = (IMAGE_SIZE // PATCH_SIZE) ** 2
    weights = {
        "v.patch_embd.weight": rng.normal(scale=2.0 / PATCH_SIZE, size=(VISION_DIM, 3, PATCH_SIZE, PATCH_SIZE)),
        "v.patch_embd.bias": np.zeros(VISION_DIM),
        "v.position_embd.weight": rng.normal(scale=0.3, size=(patches, VISION_DIM)),
        **biased("mm.0", VISION_DIM, EMBED_DIM, rng),
        **biased("mm.2", EMBED_DIM, EMBED_DIM, rng, gain=2.0),
    }
    weights |= {f"v.blk.{i}.{name}": weight for i in range(DEPTH) for name, weight in vision_block(rng).items()}
    write(writer, weights)


def vision_block(rng: np.random.Generator) -> dict[str, np.ndarray]:
    """The weights of one layer of the picture tower."""
    return {
        **biased("attn_q", VISION_DIM, VISION_DIM, rng, gain=2.0),
        **biased("attn_k", VISION_DIM, VISION_DIM, rng, gain=2.0),
        **biased("attn_v", VISION_DIM, VISION_DIM, rng),
        **biased("attn_out", VISION_DIM, VISION_DIM, rng, gain=3.0),
        **biased("ffn_up", VISION_DIM, 2 * VISION_DIM, rng),
        **biased("ffn_down", 2 * VISION_DIM, VISION_DIM, rng),
        **{"ln1.weight": np.ones(VISION_DIM), "ln1.bias": np.zeros(VISION_DIM)},
        **{"ln2.weight": np.ones(VISION_DIM), "ln2.bias": np.zeros(VISION_DIM)},
    }


def linear(inputs: int, outputs: int, rng: np.random.Generator, gain: float = 1.0) -> np.ndarray:
    """(outputs, inputs): turns values of unit variance into values of variance `gain` squared."""
    return rng.normal(scale=gain / inputs**0.5, size=(outputs, inputs))


def biased(name: str, inputs: int, outputs: int, rng: np.random.Generator, gain: float = 1.0) -> dict[str, np.ndarray]:
    """The weight and the bias, which is zero, of a linear layer."""
    return {f"{name}.weight": linear(inputs, outputs, rng, gain), f"{name}.bias": np.zeros(outputs)}


def write(writer: GGUFWriter, weights: dict[str, np.ndarray]) -> None:
    """End the file with its weights, all float32."""
    for name, weight in weights.items():
        writer.add_tensor(name, weight.astype(np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def add_tokenizer(writer: GGUFWriter) -> list[str]:
    """Write GPT-2's kind of tokenizer and return its tokens: the 256 bytes, in order, then pieces, then two marks."""
    merges = merge_chains(pieces())
    tokens = [*byte_symbols(), *(left + right for left, right in merges), BEGIN, END]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(tokens)
    writer.add_token_types([TokenType.CONTROL if token in (BEGIN, END) else TokenType.NORMAL for token in tokens])
    writer.add_token_merges([f"{left} {right}" for left, right in merges])
    writer.add_bos_token_id(tokens.index(BEGIN))
    writer.add_eos_token_id(tokens.index(END))
    writer.add_add_bos_token(True)
    writer.add_chat_template(CHAT_TEMPLATE)
    return tokens


def pieces() -> list[str]:
    """The words and marks that are one token each, in GPT-2's letters, first those that begin with a space."""
    space = byte_symbols()[ord(" ")]
    spaced = [space + piece for piece in f"{WORDS} {STARTS} {MARKS}".split()]
    return [*spaced, *f"{STARTS} {KEYS} {ENDINGS} {MARKS}".split(), *(f"{i:02}" for i in range(100))]


def byte_symbols() -> list[str]:
    """The letter that stands for each byte in GPT-2's vocabularies: itself, or one from U+0100 on."""
    printable = {*range(33, 127), *range(161, 173), *range(174, 256)}
    others = iter(range(256, 512))
    return [chr(byte if byte in printable else next(others)) for byte in range(256)]


def merge_chains(words: Iterable[str]) -> list[tuple[str, str]]:
    """What byte pair encoding must join, letter by letter from the left, to reach each word.

    >>> merge_chains(["the", "then"])
    [('t', 'h'), ('th', 'e'), ('the', 'n')]
    """
    return list(dict.fromkeys((word[:i], word[i]) for word in words for i in range(1, len(word))))
