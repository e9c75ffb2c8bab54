"""In: a file. Out: the bytes that stand for its content, without reading it all."""

import os
from collections.abc import Iterator
from pathlib import Path

END_BYTES = 1 << 20


def end_bytes(path: Path) -> Iterator[bytes]:
    """The size, the first and the last MiB of a file. Raises `OSError` for what is no regular, readable file."""
    if not path.is_file():  # a pipe would wait for its writer
        raise FileNotFoundError(path)
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        yield str(size).encode()
        for start in (0, max(0, size - END_BYTES)):
            file.seek(start)
            yield file.read(END_BYTES)
