"""In: a checkout and some Python. Out: `.venv` with the package and its test tools, made again only when needed."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
ENVIRONMENT = REPOSITORY / ".venv"
OLDEST, NEWEST = (3, 11), (3, 14)


def prepare(*, tests: bool = False) -> Path:
    """The Python of an environment in which the package is installed, and what the tests need if they are wanted."""
    python = ENVIRONMENT / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    wanted = hashlib.sha256((REPOSITORY / "pyproject.toml").read_bytes()).hexdigest()
    stamps = [ENVIRONMENT / "tests.sha256", *([] if tests else [ENVIRONMENT / "package.sha256"])]
    if python.exists() and any(stamp.exists() and stamp.read_text() == wanted for stamp in stamps):
        return python
    if not python.exists():
        tell(f"making {ENVIRONMENT.name} …")
        call(fitting_python(), "-m", "venv", str(ENVIRONMENT))
    tell("installing vid-sense and what it needs (some minutes the first time) …")
    pip = [str(python), "-m", "pip", "--disable-pip-version-check", "--quiet"]
    call(*pip, "install", "--upgrade", "pip>=25.1")  # the first that knows dependency groups
    groups = REPOSITORY / "pyproject.toml"
    if tests:  # torch first: what comes later must not bring another build of it
        call(*pip, "install", "--group", f"{groups}:torch")
    call(*pip, "install", "--editable", str(REPOSITORY), *(["--group", f"{groups}:test"] if tests else []))
    call(str(python), "-m", "compileall", "-q", "src")  # so that the first command is as quick as the next
    stamps[-1].write_text(wanted)
    return python


def fitting_python() -> str:
    """This Python where the package supports it, else the newest one on the path that it supports."""
    if OLDEST <= sys.version_info[:2] <= NEWEST:
        return sys.executable
    for minor in range(NEWEST[1], OLDEST[1] - 1, -1):
        if found := shutil.which(f"python3.{minor}"):
            return found
    version = ".".join(map(str, sys.version_info[:2]))
    sys.exit(f"vid-sense needs Python 3.{OLDEST[1]} to 3.{NEWEST[1]}, and this is {version}. Install one of them.")


def call(*command: str) -> None:
    """Run a command, or leave with a sentence."""
    code = subprocess.call(command, cwd=REPOSITORY)
    if code:
        sys.exit(f"failed with exit code {code}: {' '.join(command)}")


def tell(sentence: str) -> None:
    """Progress, beside the results."""
    print(sentence, file=sys.stderr, flush=True)
