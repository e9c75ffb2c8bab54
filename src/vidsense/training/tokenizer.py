"""In: sentences of the drawn world. Out: nano's own tokenizer, byte-level BPE in the hub's format."""

import json
from collections.abc import Iterable
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from vidsense.training.world.clip import WorldClip
from vidsense.training.world.story import tell

PAD, START, ANSWER, END = "<pad>", "<s>", "<answer>", "</s>"
SPECIAL = (PAD, START, ANSWER, END)
PAD_ID, START_ID, ANSWER_ID, END_ID = range(len(SPECIAL))
LEARNT_FROM_CLIPS = 600


def learn_tokenizer(lines: Iterable[str], vocabulary: int) -> Tokenizer:
    """The pairs that these lines have most of; any other text still has tokens, down to its bytes."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary, special_tokens=list(SPECIAL), initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator(lines, trainer)
    return tokenizer


def world_lines() -> Iterable[str]:
    """Questions, answers and captions of the first clips."""
    for seed in range(LEARNT_FROM_CLIPS):
        labels = WorldClip(tell(seed)).labels()
        yield labels["caption"]
        for question in labels["questions"]:
            yield question["question"]
            yield question["answer"]


def kept_tokenizer(path: Path, vocabulary: int) -> Tokenizer:
    """The tokenizer in this file, learnt and written if there is none."""
    if path.exists():
        return Tokenizer.from_file(str(path))
    tokenizer = learn_tokenizer(world_lines(), vocabulary)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(json.loads(tokenizer.to_str()), ensure_ascii=False, indent=1), "utf-8")
    return tokenizer
