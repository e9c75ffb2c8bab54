"""In: trained weights and a split. Out: the share of right answers of each ability, with 95 % interval and controls.

Beside every figure stands what needs no video (blind: empty states), what needs one frame (the middle one alone) and
what needs the frames but not their order (shuffled), so that a score which needs no video is seen for what it is.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor

from vidsense.score import Score
from vidsense.training.nano import Nano, pixels_to_input
from vidsense.training.speaker import Speaker
from vidsense.training.train import Workshop, load_trained
from vidsense.training.world.clip import Order, WorldClip
from vidsense.training.world.questions import Question
from vidsense.training.world.story import tell

CONTROLS = ("video", "blind", "middle frame", "shuffled")
CLIPS_AT_ONCE = 32
ANSWERED_AT_ONCE = 64
Sight = Callable[[Tensor], Tensor]


@dataclass(frozen=True, eq=False)
class Examiner:
    """Asks a trained nano everything about clips of a split."""

    nano: Nano
    speaker: Speaker
    tokenizer: Tokenizer
    frames: int

    def scores(
        self, split: str, clips: int, *, order: Order = "forward", controls: tuple[str, ...] = CONTROLS,
        abilities: tuple[str, ...] = (),
    ) -> dict[str, dict[str, Score]]:  # fmt: skip
        """Control → ability → score; the first `clips` seeds of the split."""
        right: dict[str, dict[str, list[bool]]] = {control: defaultdict(list) for control in controls}
        for control, question, answer in self.answers(split, clips, order, controls, abilities):
            right[control][question.ability].append(question.is_right(answer))
        return {
            control: {ability: Score(sum(each), len(each)) for ability, each in sorted(found.items())}
            for control, found in right.items()
        }

    def answers(
        self, split: str, clips: int, order: Order, controls: tuple[str, ...], abilities: tuple[str, ...]
    ) -> Iterator[tuple[str, Question, str]]:
        """Every question with the answer that nano gives."""
        for model in (self.nano, self.speaker):
            model.eval()
        for first in range(0, clips, CLIPS_AT_ONCE):
            drawn = [WorldClip(tell(seed, split), order) for seed in range(first, min(first + CLIPS_AT_ONCE, clips))]
            states, seconds = self.seen(drawn)
            asked = [
                (i, question)
                for i, clip in enumerate(drawn)
                for question in clip.questions
                if not abilities or question.ability in abilities
            ]
            for control in controls:
                with torch.no_grad():
                    sight = SIGHTS[control](states)
                    prefix = self.speaker.projector(self.nano.temporal(sight, seconds), sight)
                for at in range(0, len(asked), ANSWERED_AT_ONCE):
                    part = asked[at : at + ANSWERED_AT_ONCE]
                    seen = prefix[torch.tensor([i for i, _ in part])]
                    answers = self.speaker.answer(seen, [q.question for _, q in part], self.tokenizer)
                    for (_, question), answer in zip(part, answers, strict=True):
                        yield control, question, answer

    def seen(self, clips: list[WorldClip]) -> tuple[Tensor, Tensor]:
        """(B, T, K * STATE) what the tower sees in each clip, and (B, T) the seconds."""
        states, times = [], []
        for clip in clips:
            pixels, _, seconds = clip.frames(self.frames, self.nano.size.height)
            with torch.no_grad():
                states.append(self.nano.states(pixels_to_input(torch.from_numpy(pixels).to(self.nano.device))))
            times.append(torch.from_numpy(seconds.astype(np.float32)).to(self.nano.device))
        return torch.stack(states), torch.stack(times)


def shuffled(states: Tensor) -> Tensor:
    """The same frames in another order."""
    order = torch.from_numpy(np.random.default_rng(0).permutation(states.shape[1]))
    return states[:, order]


def middle_frame(states: Tensor) -> Tensor:
    """The middle frame all the time."""
    return states[:, states.shape[1] // 2, None].expand_as(states)


SIGHTS: dict[str, Sight] = {
    "video": lambda states: states,
    "blind": torch.zeros_like,
    "middle frame": middle_frame,
    "shuffled": shuffled,
}


def examined(
    workshop: Workshop, split: str, clips: int, order: Order, *, controls: tuple[str, ...] = CONTROLS,
    abilities: tuple[str, ...] = (), threads: int = 1,
) -> dict[str, dict[str, dict[str, object]]]:  # fmt: skip
    """Control → ability → share, interval and number of questions, of a run's kept weights."""
    torch.set_num_threads(threads)
    load_trained(workshop, ("image", "temporal", "language", "joint"))
    examiner = Examiner(workshop.nano, workshop.speaker, workshop.tokenizer, workshop.config.clips.frames)
    return {
        control: {
            ability: {
                "share": round(score.share, 4),
                "interval": [round(side, 4) for side in score.interval],
                "asked": score.asked,
            }
            for ability, score in found.items()
        }
        for control, found in examiner.scores(split, clips, order=order, controls=controls, abilities=abilities).items()
    }
