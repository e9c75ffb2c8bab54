"""In: what the temporal transformer made of a clip's frames, and a question. Out: an answer in words.

A projector turns each frame, and each kind of thing that the frames show, into a token of the language model; the
language model is transformers' own LLaMA class, with widths that are multiples of 256, so that llama.cpp's k-quants are
what they say.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional as F
from transformers import LlamaConfig, LlamaForCausalLM

from vidsense.training.nano import KINDS, STATE
from vidsense.training.tokenizer import ANSWER_ID, END_ID, PAD_ID, START_ID

IGNORED = -100
LONGEST_ANSWER = 64
LONGEST_CONTEXT = 512


@dataclass(frozen=True)
class SpeakerSize:
    """The sizes of the language model."""

    vocabulary: int = 512
    dim: int = 256
    hidden_dim: int = 512
    depth: int = 3
    heads: int = 4


def language_model(size: SpeakerSize) -> LlamaForCausalLM:
    """Untrained, from a config that transformers and llama.cpp read."""
    return LlamaForCausalLM(
        LlamaConfig(
            vocab_size=size.vocabulary, hidden_size=size.dim, intermediate_size=size.hidden_dim,
            num_hidden_layers=size.depth, num_attention_heads=size.heads, num_key_value_heads=size.heads,
            max_position_embeddings=LONGEST_CONTEXT, tie_word_embeddings=True, pad_token_id=PAD_ID,
            bos_token_id=START_ID, eos_token_id=END_ID,
        )
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class Packed:
    """Several questions about each clip in one sequence; each sees what was seen and itself, no other question."""

    ids: Tensor
    """(B, L) after the prefix."""
    targets: Tensor
    """(B, L) what must come next, `IGNORED` but for answers."""
    group: Tensor
    """(B, L) which question a token belongs to, −1 for padding."""
    position: Tensor
    """(B, L) counted from the end of the prefix, for each question anew."""

    def to(self, device: torch.device) -> "Packed":
        """The same there."""
        return Packed(*(tensor.to(device) for tensor in (self.ids, self.targets, self.group, self.position)))


def pack(clips: Sequence[Sequence[tuple[list[int], list[int]]]]) -> Packed:
    """For each clip its questions and answers as token ids."""
    length = max(sum(len(q) + len(a) + 3 for q, a in clip) for clip in clips)
    ids = torch.full((len(clips), length), PAD_ID)
    targets = torch.full_like(ids, IGNORED)
    group, position = torch.full_like(ids, -1), torch.zeros_like(ids)
    for b, clip in enumerate(clips):
        at = 0
        for g, (question, answer) in enumerate(clip):
            tokens = [START_ID, *question, ANSWER_ID, *answer, END_ID]
            end, answered = at + len(tokens), at + len(question) + 1
            ids[b, at:end] = torch.tensor(tokens)
            targets[b, answered : end - 1] = torch.tensor([*answer, END_ID])
            group[b, at:end], position[b, at:end] = g, torch.arange(len(tokens))
            at = end
    return Packed(ids, targets, group, position)


def projection(into: int, hidden_dim: int, dim: int) -> nn.Sequential:
    """Two layers, as in LLaVA 1.5 (Liu et al., 2023)."""
    return nn.Sequential(nn.Linear(into, hidden_dim), nn.GELU(), nn.Linear(hidden_dim, dim))


class Projector(nn.Module):
    """What was seen → tokens of the language model: one for each frame, then one for each kind of thing.

    A frame's token tells what happens; which colours there are and what stands where is the same all the time, and is
    told once, by the tokens of things.
    """

    def __init__(self, frame_dim: int, size: SpeakerSize) -> None:
        super().__init__()
        self.frame = projection(frame_dim, size.hidden_dim, size.dim)
        self.thing = projection(KINDS + 2 * STATE, size.hidden_dim, size.dim)

    def forward(self, frames: Tensor, states: Tensor) -> Tensor:
        """(B, T, D) of the temporal transformer, (B, T, K * STATE) → (B, T + K, dim)."""
        return torch.cat([self.frame(frames), self.thing(summary(states))], dim=1)


def summary(states: Tensor) -> Tensor:
    """(B, T, K * STATE) → (B, K, K + 2 STATE): which kind, its mean while it is there, the most of each number."""
    each = states.reshape(*states.shape[:-1], KINDS, STATE).transpose(1, 2)  # (B, K, T, STATE)
    there = each[..., 1:2].sum(2).clamp(min=0.1)
    kinds = torch.eye(KINDS, device=states.device).expand(states.shape[0], -1, -1)
    return torch.cat([kinds, each.sum(2) / there, each.amax(2)], dim=-1)


class Speaker(nn.Module):
    """Projector and language model."""

    def __init__(self, frame_dim: int, size: SpeakerSize) -> None:
        super().__init__()
        self.projector = Projector(frame_dim, size)
        self.language = language_model(size)

    def forward(self, prefix: Tensor, packed: Packed) -> Tensor:
        """(B, P, dim) of the projector → the loss of the answers."""
        logits = self.logits(prefix, packed)
        targets = packed.targets.to(logits.device)
        return F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=IGNORED)

    def logits(self, prefix: Tensor, packed: Packed) -> Tensor:
        """(B, P, dim) of the projector → (B, L, vocabulary), what comes next after each token."""
        B, T = prefix.shape[:2]
        packed = packed.to(prefix.device)
        x = torch.cat([prefix, self.language.get_input_embeddings()(packed.ids)], dim=1)
        position = torch.cat([torch.arange(T, device=prefix.device).expand(B, -1), packed.position + T], dim=1)
        told = self.language(inputs_embeds=x, attention_mask=may_see(packed.group, T), position_ids=position)
        logits: Tensor = told.logits[:, T:].float()
        return logits

    @torch.no_grad()
    def answer(self, prefix: Tensor, questions: Sequence[str], tokenizer: Tokenizer) -> list[str]:
        """(B, P, dim) → one answer for each clip's question, the likeliest token after token."""
        asked = [[START_ID, *tokenizer.encode(question).ids, ANSWER_ID] for question in questions]
        longest, T = max(map(len, asked)), prefix.shape[1]
        embed = self.language.get_input_embeddings()
        x = prefix.new_zeros(len(asked), T + longest, prefix.shape[-1])
        mask = torch.zeros(len(asked), T + longest, dtype=torch.long, device=prefix.device)
        for i, ids in enumerate(asked):  # what is shorter is filled up in front
            x[i, longest - len(ids) :] = torch.cat([prefix[i], embed(torch.tensor(ids, device=prefix.device))])
            mask[i, longest - len(ids) :] = 1
        writer: Any = self.language  # its types know no plain tensor
        out = writer.generate(
            inputs_embeds=x, attention_mask=mask, max_new_tokens=LONGEST_ANSWER, do_sample=False, pad_token_id=PAD_ID
        )
        return [text.strip() for text in tokenizer.decode_batch(out.tolist())]


def may_see(group: Tensor, prefix: int) -> Tensor:
    """(B, 1, P + L, P + L) true where a token may look: earlier ones of its own question, and the prefix."""
    B, L = group.shape
    own = group[:, :, None] == group[:, None, :]  # (B, L, L)
    seen = torch.ones(B, prefix + L, prefix + L, dtype=torch.bool, device=group.device).tril()
    seen[:, prefix:, prefix:] &= own
    return seen[:, None]
