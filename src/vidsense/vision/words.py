"""In: a text. Out: its sub-words as an encoder's own vocabulary has them (tokenizer.json)."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vidsense.errors import ModelError
from vidsense.vision.encoder import TextToken


@dataclass(frozen=True)
class TextReading:
    """How an encoder takes in text."""

    longest: int
    """How many tokens it reads."""
    padded: bool = False
    """Whether every text is filled up to as many."""
    lower: bool = False
    """Whether it knows small letters only."""


class TextSplitter:
    """An encoder's own tokenizer."""

    def __init__(self, file: Path, reading: TextReading) -> None:
        from tokenizers import Tokenizer

        try:
            self._tokenizer = Tokenizer.from_file(str(file))
        except Exception as error:  # the library raises bare Exceptions
            raise ModelError(f"the vocabulary {file} cannot be read ({error}); get it again.") from error
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self.reading = reading

    def split(self, text: str) -> list[TextToken]:
        """The sub-words of a text, with the marks that the encoder adds."""
        read = text.lower() if self.reading.lower else text
        encoded = self._tokenizer.encode(read)
        if len(encoded.ids) > self.reading.longest:
            raise ModelError(
                f"the text has {len(encoded.ids)} tokens and this encoder reads {self.reading.longest}: write it "
                f"shorter, for nothing is cut ({text[:40]!r}…)."
            )
        whole = len(read) == len(text)
        return [
            TextToken(piece if added else (text if whole else read)[start:end] or piece, id_, bool(added))
            for piece, id_, added, (start, end) in zip(
                encoded.tokens, encoded.ids, encoded.special_tokens_mask, encoded.offsets, strict=True
            )
        ]

    def ids(self, text: str) -> tuple[np.ndarray, int]:
        """(L,) int64, and the place of the token that gathers the text: the last one."""
        ids = [token.id for token in self.split(text)]
        if self.reading.padded:
            ids += [self.padding_id] * (self.reading.longest - len(ids))
        return np.array(ids, np.int64), len(ids) - 1

    @property
    def padding_id(self) -> int:
        """What a text is filled up with."""
        for name in ("<pad>", "</s>", "!"):
            found = self._tokenizer.token_to_id(name)
            if found is not None:
                return int(found)
        return 0
