"""In: a GGUF file, and the one with its picture encoder. Out: a model that llama.cpp serves as a child of this process.

The road to it is the same as to any other server of OpenAI's protocol.
"""

import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from importlib.util import find_spec
from itertools import takewhile
from pathlib import Path
from typing import IO

from vidsense.errors import MissingExtraError, ModelError
from vidsense.language.model import Decoding, Piece, Prompt, Schema
from vidsense.language.openai import OpenAIModel
from vidsense.language.options import DEFAULT_CONTEXT, ModelOptions

START_SECONDS = 600.0
"""How long a model may take to load: large ones come slowly off a disk."""
STOP_SECONDS = 5.0
MAGIC = b"GGUF"
ERROR_MARK = " E "
"""Between the time and the text of a line that llama.cpp logs as an error."""


class GGUFModel(OpenAIModel):
    """A model file, served by llama.cpp as long as this object lives."""

    def __init__(self, path: Path, options: ModelOptions | None = None) -> None:
        options = options or ModelOptions()
        if find_spec("xllamacpp") is None:
            raise MissingExtraError("GGUF models need llama.cpp: pip install 'vid-sense[gguf]'.")
        self.path, self._mmproj = checked(path), projector_of(path)
        self._log = tempfile.TemporaryFile()  # noqa: SIM115  lives as long as the server
        self._serve(options)

    def _serve(self, options: ModelOptions) -> None:
        """Start the server and connect to it."""
        self._server = self._started(options)
        try:
            super().__init__(self._address(), None, options)
        except BaseException:
            self.close()
            raise

    def generate(
        self, prompt: Prompt, *, max_tokens: int, schema: Schema | None = None, decoding: Decoding | None = None
    ) -> Iterator[Piece]:
        """The answer as it is written; a server that ended before is started again."""
        if self._server.poll() is not None:
            self.client.close()
            self._end()
            self._serve(self.options)
        yield from super().generate(prompt, max_tokens=max_tokens, schema=schema, decoding=decoding)

    @property
    def name(self) -> str:
        """As `--model` takes it."""
        return f"gguf/{self.path}"

    @property
    def identity(self) -> str:
        """Name, size and time of the two files."""
        files = [self.path, *([self._mmproj] if self._mmproj else [])]
        stamps = [f"{file.name}:{file.stat().st_size}:{file.stat().st_mtime_ns}" for file in files]
        return f"gguf/{'+'.join(stamps)}"

    def _started(self, options: ModelOptions) -> subprocess.Popen[bytes]:
        """The server's process, told what to serve."""
        server = subprocess.Popen(
            [sys.executable, "-m", "vidsense.language.gguf_server"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            env={**os.environ, "GGML_NO_BACKTRACE": "1"},
        )
        wanted = {
            "model": str(self.path),
            "mmproj": str(self._mmproj or ""),
            "context": options.context or DEFAULT_CONTEXT,
            "parallel": options.parallel,
            "gpu_layers": options.gpu_layers,
            "threads": options.threads,
        }
        pipe_of(server.stdin).write(json.dumps(wanted).encode() + b"\n")
        pipe_of(server.stdin).flush()
        return server

    def _address(self) -> str:
        """Where it listens, once the model is loaded."""
        watchdog = threading.Timer(START_SECONDS, self._server.kill)
        watchdog.start()
        try:
            line = pipe_of(self._server.stdout).readline()
        finally:
            watchdog.cancel()
        if not line:
            self._end()  # llama.cpp writes its last words while its process ends
            self._log.seek(0)
            log = self._log.read().decode("utf-8", "replace")
            raise ModelError(f"llama.cpp cannot load {self.path.name}: {reason_in(log)}")
        return str(json.loads(line)["url"])

    def close(self) -> None:
        """End the server."""
        if hasattr(self, "client"):
            super().close()
        self._end()
        self._log.close()

    def _end(self) -> None:
        """End the server's process."""
        pipe_of(self._server.stdin).close()
        try:
            self._server.wait(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._server.kill()
            self._server.wait()
        pipe_of(self._server.stdout).close()


def reason_in(log: str) -> str:
    """What llama.cpp complained about first.

    Its own lines are marked and come from a thread of their own: before, between or after those of Python.
    """
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    marked = [line.partition(ERROR_MARK)[2] for line in lines if ERROR_MARK in line]
    unmarked = [line for line in lines if "error" in line.lower() or "failed" in line.lower()]
    return next(iter(marked or unmarked or lines), "it ended without a word")


def pipe_of(pipe: IO[bytes] | None) -> IO[bytes]:
    """A pipe that is there."""
    if pipe is None:
        raise ValueError("the process was started without this pipe")
    return pipe


def checked(path: Path) -> Path:
    """The path of what is a GGUF file."""
    try:
        with path.open("rb") as file:
            head = file.read(len(MAGIC))
    except OSError as error:
        raise ModelError(f"cannot read the model {path}: {error.strerror}. Check the path.") from error
    if head != MAGIC:
        raise ModelError(f"{path} is no GGUF file. Name the language model's file, as in gguf/model.gguf.")
    return path.absolute()  # not resolved: a hub's cache holds links, and the projector lies beside the link


def projector_of(path: Path) -> Path | None:
    """The picture encoder that lies beside a model: the file with "mmproj" in its name whose rest is most alike."""
    beside = sorted(file for file in path.absolute().parent.glob("*.gguf") if "mmproj" in file.name.lower())
    return max(beside, key=lambda file: len(shared_start(file, path)), default=None)


def shared_start(projector: Path, model: Path) -> str:
    """What the names of a projector and a model begin with alike."""
    name = projector.name.lower().replace("mmproj", "").strip("-_.")
    pairs = zip(name, model.name.lower(), strict=False)
    return "".join(a for a, b in takewhile(lambda pair: pair[0] == pair[1], pairs))
