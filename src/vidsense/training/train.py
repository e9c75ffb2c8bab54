"""In: a config and a folder. Out: nano, trained stage by stage; a run that was ended goes on where it was."""

from collections.abc import Callable
from pathlib import Path

import torch

from vidsense.training.config import StageConfig, TrainingConfig
from vidsense.training.image_stage import ImageStage
from vidsense.training.nano import Nano, NanoSize
from vidsense.training.run import Schedule, Stage, train_stage
from vidsense.training.shards import Pool, Shard, Shards
from vidsense.training.temporal_stage import TemporalStage

Maker = Callable[[Nano, TrainingConfig, Shards], Stage]
STAGES = ("image", "temporal")


def train_nano(
    config: TrainingConfig,
    folder: Path,
    *,
    stages: tuple[str, ...] = STAGES,
    seconds: float | None = None,
    threads: int = 1,
    say: Callable[[str], None] = lambda _: None,
) -> bool:
    """Train these stages, each from the kept weights of those before; whether all are done."""
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    nano = Nano(size_of(config))
    shards = Shards(folder / "shards", config.clips.frames, config.clips.height, config.clips.clips_a_shard)
    makers: dict[str, Maker] = {"image": image_stage, "temporal": temporal_stage}
    done = True
    for name in STAGES:
        stage = makers[name](nano, config, shards)
        done = train_stage(stage, folder, seconds=seconds if name in stages else 0.0, say=say) and done
        if name in stages and not done:
            break
    return done


def size_of(config: TrainingConfig) -> NanoSize:
    """The sizes that a config names."""
    return NanoSize(height=config.clips.height, width=config.clips.height * 4 // 3, **vars(config.size))


def held_out(shards: Shards, config: TrainingConfig) -> Shard:
    """The clips of unseen looks on which stages are measured."""
    measured = Shards(shards.root, shards.frames, shards.height, config.clips.measured_clips)
    return measured.get("looks", 0)


def schedule_of(config: StageConfig) -> Schedule:
    """The part of a stage's config that says how it learns."""
    return Schedule(
        config.steps, config.learning_rate, warmup_steps=config.warmup_steps, measure_every=config.measure_every
    )


def image_stage(nano: Nano, config: TrainingConfig, shards: Shards) -> ImageStage:
    """The first stage."""
    stage = config.image
    pool = Pool(shards, "train", stage.pool_shards, stage.shard_steps, config.clips.kept_shards)
    return ImageStage(nano, pool, schedule_of(stage), batch=stage.batch, held_out=held_out(shards, config))


def temporal_stage(nano: Nano, config: TrainingConfig, shards: Shards) -> TemporalStage:
    """The second, on what the first sees."""
    stage = config.temporal
    pool = Pool(shards, "train", stage.pool_shards, stage.shard_steps, config.clips.kept_shards)
    return TemporalStage(nano, pool, schedule_of(stage), batch=stage.batch, held_out=held_out(shards, config))
