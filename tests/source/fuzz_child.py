"""Reads the videos named as arguments, one line of outcome for each; in a process of its own it may crash or hang.

`test_fuzz.py` starts it. A file that takes too long ends the process with a traceback, one that takes too much memory
with an error.
"""

import faulthandler
import sys

import vidsense
from vidsense.errors import SourceError
from vidsense.source import open_video

SECONDS_EACH = 20.0
MEMORY_BYTES = 3 * 1024**3


def read(path: str) -> None:
    """All that the program does with a video."""
    with open_video(path) as stream:
        times = [planes.pts_seconds for planes in stream.iter_planes(160)]
        wanted = sorted({0.0, *times[::7], 0.5, 1.0})
        for tolerance in (0.0, 0.5):
            assert len(list(stream.frames_at(wanted, (36, 64), tolerance_seconds=tolerance))) == len(wanted)
    vidsense.Description.model_validate_json(vidsense.describe(path).to_json())


def limit_memory() -> None:
    """A header may claim anything: what it claims must not be allocated."""
    try:
        import resource
    except ImportError:  # Windows
        return
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))


if __name__ == "__main__":
    limit_memory()
    for path in sys.argv[1:]:
        faulthandler.dump_traceback_later(SECONDS_EACH, exit=True)
        try:
            read(path)
        except SourceError as error:
            print(f"SourceError {error}", flush=True)
        else:
            print("read", flush=True)
        faulthandler.cancel_dump_traceback_later()
