"""In: how far the work is. Out: a bar on stderr where that is a terminal; nothing where it is not."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

Report = Callable[[str, str, float], None]
"""Gets the name of the video, of the stage, and the share of the stage that is done."""


@dataclass(frozen=True)
class Bar:
    """Shows progress, and makes room for a result."""

    report: Report
    clear: Callable[[], None]


def say(sentence: str) -> None:
    """One line on stderr, whatever the sentence holds."""
    print(f"vidsense: {' '.join(sentence.splitlines())}", file=sys.stderr, flush=True)  # noqa: T201  cli prints


@contextmanager
def progress_bar(*, quiet: bool) -> Iterator[Bar]:
    """A bar that is gone when the work is done."""
    if quiet or not sys.stderr.isatty():
        yield Bar(lambda _video, _stage, _share: None, lambda: None)
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = TextColumn("{task.description}", markup=False), BarColumn(), TimeElapsedColumn()
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, redirect_stdout=False) as progress:
        task = progress.add_task("", total=1.0)

        def report(video: str, stage: str, share: float) -> None:
            progress.start()
            progress.update(task, description=f"{video}: {stage}", completed=share)

        yield Bar(report, progress.stop)
