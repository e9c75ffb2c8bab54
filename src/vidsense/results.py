"""In: rows, as they are done. Out: `ResultsFile`, which keeps them through crashes and knows what is left to do."""

import errno
import json
import os
from pathlib import Path
from typing import Protocol, Self

from vidsense.errors import OutputError
from vidsense.source.container import shown


class KeptRow(Protocol):
    """What came of one piece of work."""

    @property
    def key(self) -> str:
        """The same for the same work; it is in the row's line as "key"."""
        ...

    @property
    def error(self) -> str | None:
        """Why there is no result."""
        ...

    def to_json(self) -> str:
        """One line."""
        ...


class ResultsFile:
    """A JSON Lines file of rows that survives crashes: each row is on the disk before the next is begun."""

    def __init__(self, path: Path, *, begins: str = '{"video"') -> None:
        self.path = path
        self.begins = begins.encode()
        """How every row begins: another file is never written to."""
        self.done: set[str] = set()
        """Keys of the rows that hold a result."""
        self.failed: set[str] = set()
        try:
            if path.is_file():
                self._read_and_repair()
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("ab", buffering=0)
        except OSError as error:
            raise self._unwritable(error) from error

    def _read_and_repair(self) -> None:
        """Note what is there; cut off a last line that was not written to its end."""
        whole = 0
        with self.path.open("rb") as file:
            head = file.read(len(self.begins))
            if not (self.begins.startswith(head) or not head.strip(b"\0")):
                raise OutputError(f"{shown(self.path)} is no results file of this program. Name another for --out.")
            file.seek(0)
            for line in file:
                if line.endswith(b"\n"):
                    whole += len(line)
                    self._note(line)
        if whole < self.path.stat().st_size:
            os.truncate(self.path, whole)

    def _note(self, line: bytes) -> None:
        try:
            fields = json.loads(line)
            (self.failed if fields.get("error") else self.done).add(fields["key"])
        except (ValueError, KeyError, AttributeError):
            return  # not a row: it is done again, which costs time and loses nothing

    def append(self, row: KeptRow) -> None:
        """Write one row to the disk, whole or not at all."""
        rest = memoryview((row.to_json() + "\n").encode("utf-8", "backslashreplace"))
        regular = self.path.is_file()
        before = self._file.seek(0, os.SEEK_END) if regular else 0
        try:
            while rest:
                rest = rest[self._file.write(rest) or 0 :]
            if regular:
                os.fsync(self._file.fileno())
        except BaseException as error:
            if regular:
                self._file.truncate(before)
            if isinstance(error, OSError):
                raise self._unwritable(error) from error
            raise
        (self.failed if row.error else self.done).add(row.key)

    def _unwritable(self, error: OSError) -> OutputError:
        cure = "Free some space" if error.errno == errno.ENOSPC else "Name another file for --out"
        return OutputError(f"cannot write {shown(self.path)}: {error.strerror}. {cure} and run it again: it resumes.")

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
