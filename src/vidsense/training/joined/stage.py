"""In: embeddings of clips, questions, answers. Out: a temporal transformer and a projector that a frozen model reads.

The losses are the answers' words alone: there are no labels of real videos but their captions.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from vidsense.training.joined.data import Row
from vidsense.training.joined.looking import Seen
from vidsense.training.joined.model import Joined, Learner
from vidsense.training.joined.words import Language
from vidsense.training.rows import Clip
from vidsense.training.run import Schedule

IGNORED = -100
MEASURED = 64
"""Held-out rows that are answered in words."""
LONGEST_ANSWER = 96


@dataclass(frozen=True, eq=False)
class Written:
    """What stands behind the frames: questions and answers as tokens, filled up behind."""

    ids: Tensor
    """(B, L)."""
    targets: Tensor
    """(B, L) the token itself where it is of an answer, else `IGNORED`."""
    there: Tensor
    """(B, L) 1 where there is a token."""


class JoinedStage:
    """Captions and answers, over a frozen encoder, through a frozen language model."""

    name = "joined"

    def __init__(
        self, learner: Learner, language: Language, seen: dict[Clip, Seen], rows: Sequence[Row], schedule: Schedule, *,
        batch: int, held_out: Sequence[Row],
    ) -> None:  # fmt: skip
        self.learner, self.language, self.seen, self.schedule, self.batch = learner, language, seen, schedule, batch
        self.rows = [row for row in rows if row.clip in seen]
        self.held_out = [row for row in held_out if row.clip in seen]
        self.before = language.embedded(language.wording.before)
        if not self.rows:
            raise ValueError("no row is left to learn from.")

    @property
    def joined(self) -> Joined:
        """The temporal transformer and the projector."""
        return self.learner.joined

    def trained(self) -> nn.Module:
        """What learns."""
        return self.learner

    def losses(self, step: int) -> dict[str, Tensor]:
        """Of rows that chance picks by the step's number."""
        rng = np.random.default_rng((22, step))
        picked = [self.rows[i] for i in rng.integers(0, len(self.rows), self.batch)]
        return {"language": self.loss(picked)}

    def loss(self, rows: Sequence[Row]) -> Tensor:
        """The mean over the tokens of the answers."""
        written = self.written(rows)
        prefix = self.prefix([row.clip for row in rows])
        logits = self.read(prefix, written)
        return F.cross_entropy(logits.flatten(0, 1).float(), written.targets.flatten(), ignore_index=IGNORED)

    def prefix(self, clips: Sequence[Clip]) -> Tensor:
        """(B, P, dim): the words before the frames, then a token for each frame."""
        embeddings = torch.from_numpy(np.stack([self.seen[clip].embeddings for clip in clips])).to(self.before.device)
        seconds = torch.from_numpy(np.stack([self.seen[clip].seconds for clip in clips])).to(self.before.device)
        tokens = self.joined(embeddings, seconds)
        return torch.cat([self.before.expand(len(clips), -1, -1), tokens.float()], dim=1)

    def read(self, prefix: Tensor, written: Written) -> Tensor:
        """(B, L, V): what the language model expects at each token, from all before it."""
        model: Any = self.language.model
        words = model.get_input_embeddings()(written.ids)
        x = torch.cat([prefix.to(words), words], dim=1)
        seen = torch.ones(prefix.shape[:2], dtype=torch.long, device=x.device)
        mask = torch.cat([seen, written.there], dim=1)
        kept = written.ids.shape[1] + 1  # the logits at the last frame are those of the first token
        logits: Tensor = model(inputs_embeds=x, attention_mask=mask, logits_to_keep=kept).logits[:, :-1]
        return logits

    def written(self, rows: Sequence[Row]) -> Written:
        """The rows' questions and answers as tokens."""
        wording, language = self.language.wording, self.language
        asked = [language.ids(wording.asked(row.question)) for row in rows]
        answers = [[*language.ids(wording.lead + row.answer), wording.end_id] for row in rows]
        length = max(len(q) + len(a) for q, a in zip(asked, answers, strict=True))
        ids = torch.full((len(rows), length), wording.end_id)
        targets, there = torch.full_like(ids, IGNORED), torch.zeros_like(ids)
        for i, (question, answer) in enumerate(zip(asked, answers, strict=True)):
            begin, end = len(question), len(question) + len(answer)
            ids[i, :end] = torch.tensor([*question, *answer])
            targets[i, begin:end] = torch.tensor(answer)
            there[i, :end] = 1
        return Written(*(tensor.to(self.before.device) for tensor in (ids, targets, there)))

    def measure(self) -> dict[str, float]:
        """Of held-out clips: the loss, and the share of answers that are right word for word."""
        if not self.held_out:
            return {}
        losses = [
            float(self.loss(self.held_out[at : at + self.batch])) for at in range(0, len(self.held_out), self.batch)
        ]
        right = [self.answer(row) == " ".join(row.answer.split()) for row in self.held_out[:MEASURED]]
        return {"held_out_loss": float(np.mean(losses)), "held_out_right": float(np.mean(right))}

    @torch.no_grad()
    def answer(self, row: Row) -> str:
        """The likeliest token after token."""
        model: Any = self.language.model
        asked = self.language.ids(self.language.wording.asked(row.question))
        prefix = self.prefix([row.clip])
        words = model.get_input_embeddings()(torch.tensor([asked], device=prefix.device))
        x, end = torch.cat([prefix.to(words), words], dim=1), self.language.wording.end_id
        out = model.generate(
            inputs_embeds=x, attention_mask=torch.ones(x.shape[:2], dtype=torch.long, device=x.device),
            max_new_tokens=LONGEST_ANSWER, do_sample=False, eos_token_id=end, pad_token_id=end,
        )[0].tolist()  # fmt: skip
        text: str = self.language.tokenizer.decode(out[: out.index(end)] if end in out else out)
        return " ".join(text.split())
