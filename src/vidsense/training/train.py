"""In: a config and a folder. Out: nano, trained stage by stage; a run that was ended goes on where it was."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import torch
from tokenizers import Tokenizer

from vidsense.training.config import StageConfig, TrainingConfig
from vidsense.training.device import CPU, chosen_device, precision_on
from vidsense.training.image_stage import ImageStage
from vidsense.training.joint_stage import JointStage
from vidsense.training.language_stage import LanguageStage
from vidsense.training.matching import Matching, MatchingSize
from vidsense.training.matching_stage import MatchingStage
from vidsense.training.nano import Nano, NanoSize
from vidsense.training.run import Schedule, Stage, train_stage
from vidsense.training.shards import Pool, Shard, Shards
from vidsense.training.speaker import Speaker, SpeakerSize
from vidsense.training.temporal_stage import TemporalStage
from vidsense.training.tokenizer import kept_tokenizer

STAGES = ("image", "temporal", "language", "joint", "matching")
MAY_BE_MISSING = ("joint",)
"""What a run has without this stage is whole, if less able."""
SEED = 0


@dataclass(frozen=True, eq=False)
class Workshop:
    """A config and a folder, and what the stages share: the model and the clips."""

    config: TrainingConfig
    folder: Path
    device: torch.device = CPU

    @cached_property
    def nano(self) -> Nano:
        """Tower, temporal transformer and event heads."""
        torch.manual_seed(SEED)
        clips = self.config.clips
        return Nano(NanoSize(height=clips.height, width=clips.height * 4 // 3, **vars(self.config.size))).to(
            self.device
        )

    @cached_property
    def speaker(self) -> Speaker:
        """Projector and language model."""
        torch.manual_seed(SEED)
        return Speaker(self.config.size.temporal_dim, SpeakerSize(**vars(self.config.speaker))).to(self.device)

    @cached_property
    def matching(self) -> Matching:
        """The space that frames, clips and sentences share."""
        torch.manual_seed(SEED)
        size = MatchingSize(vocabulary=self.config.speaker.vocabulary, **vars(self.config.text))
        return Matching(self.config.size.temporal_dim, size).to(self.device)

    @cached_property
    def tokenizer(self) -> Tokenizer:
        """Learnt once, kept beside the checkpoints."""
        return kept_tokenizer(self.folder / "tokenizer.json", self.config.speaker.vocabulary)

    def shards(self, clips: int) -> Shards:
        """All shards of so many clips."""
        return Shards(self.folder / "shards", self.config.clips.frames, self.config.clips.height, clips)

    def pool(self, name: str) -> Pool:
        """The shards that a stage trains on; all parts together learn from clips that none has seen."""
        clips, told = self.config.clips, self.told(name)
        seen = [self.told(before) for before in STAGES[: STAGES.index(name)]] if name == "joint" else []
        first = max((stage.steps // stage.shard_steps + stage.pool_shards for stage in seen), default=0)
        shards = self.shards(clips.clips_a_shard)
        return Pool(shards, "train", told.pool_shards, told.shard_steps, clips.kept_shards, first)

    def told(self, name: str) -> StageConfig:
        """What the config tells of a stage."""
        told: StageConfig = getattr(self.config, name)
        return told

    @property
    def held_out(self) -> Shard:
        """The clips of unseen looks on which stages are measured."""
        return self.shards(self.config.clips.measured_clips).get("looks", 0)

    def stage(self, name: str) -> Stage:
        """A stage, ready to be trained; those before it must have been loaded."""
        told = self.told(name)
        schedule = Schedule(
            told.steps, told.learning_rate, warmup_steps=told.warmup_steps, measure_every=told.measure_every
        )
        pool, held_out = self.pool(name), self.held_out
        if name == "image":
            return ImageStage(self.nano, pool, schedule, batch=told.batch, held_out=held_out)
        if name == "temporal":
            return TemporalStage(self.nano, pool, schedule, batch=told.batch, held_out=held_out)
        if name in ("language", "joint"):
            kind = LanguageStage if name == "language" else JointStage
            return kind(self.nano, self.speaker, self.tokenizer, pool, schedule, batch=told.batch, held_out=held_out)
        return MatchingStage(
            self.nano, self.matching, self.tokenizer, pool, schedule, batch=told.batch, held_out=held_out
        )


def train_nano(
    config: TrainingConfig,
    folder: Path,
    *,
    stages: Sequence[str] = STAGES,
    seconds: float | None = None,
    threads: int = 1,
    device: str = "cpu",
    say: Callable[[str], None] = lambda _: None,
) -> bool:
    """Train these stages, each from the kept weights of those before; whether all are done."""
    torch.set_num_threads(threads)
    workshop, done = Workshop(config, folder, chosen_device(device)), True
    precision = precision_on(workshop.device)
    for name in STAGES[: 1 + max(map(STAGES.index, stages))]:
        if name not in stages:
            load_stage(workshop, name)
        elif not (done := train_stage(workshop.stage(name), folder, seconds=seconds, precision=precision, say=say)):
            break
    return done


def load_trained(workshop: Workshop, stages: Sequence[str] = STAGES) -> None:
    """The kept weights of these stages, into the workshop's model. Raises `ValueError` that names what is missing."""
    for name in stages:
        load_stage(workshop, name)
    for model in (workshop.nano, workshop.speaker, workshop.matching):
        model.eval()


def load_stage(workshop: Workshop, name: str) -> None:
    """The kept weights of one stage, over those of the stages before."""
    kept = workshop.folder / f"{name}.pt"
    if kept.exists():
        workshop.stage(name).trained().load_state_dict(torch.load(kept, map_location="cpu", weights_only=True)["model"])
    elif name not in MAY_BE_MISSING:
        raise ValueError(f"{workshop.folder} holds no {name}.pt: train the stage {name} first.")
