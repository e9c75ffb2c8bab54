"""The real command in a process of its own, and the same with a made-up `describe`."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from vidsense.account.account import Description
from vidsense.cli.main import run

PROGRAM = """
import sys, time
from pathlib import Path
import vidsense

ACCOUNT = Path(sys.argv.pop(1)).read_text("utf-8")

def describe(location, *, on_progress=None, **options):
    path = Path(location)
    if not path.exists():
        raise vidsense.SourceError(f"there is no file {path.name}.")
    content = path.read_text()
    if content == "broken":
        raise vidsense.SourceError(f"cannot open {path.name}. Is it a video?")
    if content == "odd":
        raise ZeroDivisionError("division by zero")
    if content == "slow":
        time.sleep(30)
    return vidsense.Description.model_validate_json(ACCOUNT)

vidsense.describe = describe
from vidsense.cli.main import main
main()
"""


class Vidsense:
    """Starts the command; `made_up` takes any text file for a video."""

    def __init__(self, folder: Path, *, made_up: Description | None = None) -> None:
        self.folder = folder
        self.command = [sys.executable, "-m", "vidsense"]
        if made_up:
            (folder / "program.py").write_text(PROGRAM, "utf-8")
            (folder / "account.json").write_text(made_up.to_json(), "utf-8")
            self.command = [sys.executable, str(folder / "program.py"), str(folder / "account.json")]
        self.environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}

    def __call__(self, *arguments: str | Path, **options: Any) -> subprocess.CompletedProcess[str]:
        """Run to the end."""
        settings = {"capture_output": True, "timeout": 120, **options}
        command = [*self.command, *map(str, arguments)]
        return subprocess.run(
            command, cwd=self.folder, env=self.environment, text=True, encoding="utf-8", check=False, **settings
        )

    def start(self, *arguments: str | Path, **options: Any) -> subprocess.Popen[str]:
        """Run beside the test."""
        command = [*self.command, *map(str, arguments)]
        return subprocess.Popen(command, cwd=self.folder, env=self.environment, text=True, encoding="utf-8", **options)


@pytest.fixture
def made_up(tmp_path: Path, make_description: Callable[..., Description]) -> Vidsense:
    """The command, in an empty folder, with a `describe` that takes any text file for a video."""
    return Vidsense(tmp_path, made_up=make_description())


@pytest.fixture
def vidsense_command(tmp_path: Path) -> Vidsense:
    """The command as it is, in an empty folder."""
    return Vidsense(tmp_path)


@dataclass(frozen=True)
class Done:
    """What a command left behind."""

    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def here(
    tmp_path: Path, fake_describe: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Done]:
    """The same as `made_up` in this process, which is quicker."""
    monkeypatch.chdir(tmp_path)

    def run_here(*arguments: str) -> Done:
        code = run(arguments)
        return Done(code, *capsys.readouterr())

    return run_here
