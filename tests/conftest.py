"""What several tests share: real videos where there are some, and a small account made by hand."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import vidsense
from vidsense.account.account import Budget, Coverage, Description, Event, FrameRef, Shot, Timings, Transition
from vidsense.errors import SourceError
from vidsense.language import addresses

pytest_plugins = ["tests.drawn", "tests.models", "tests.encoders"]
REPOSITORY = Path(__file__).parents[1]
CLOSED_PORT = 9
"""Where no Ollama listens: one that runs on this machine must not be asked."""


@pytest.fixture(scope="session", autouse=True)
def own_folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test reads the settings or the cache of who runs it, nor asks the Ollama that runs beside it."""
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("VIDSENSE_") and name != "VIDSENSE_TEST_VIDEOS"]:
            patch.delenv(name)
        patch.setenv("VIDSENSE_CONFIG", str(folder / "config.toml"))
        patch.setenv("VIDSENSE_CACHE_FOLDER", str(folder / "cache"))
        patch.setenv("XDG_DATA_HOME", str(folder / "data"))
        patch.setenv("OLLAMA_HOST", f"127.0.0.1:{CLOSED_PORT}")
        patch.setattr(addresses, "PORT", CLOSED_PORT)
        yield


@pytest.fixture(scope="session")
def shared_videos() -> Path:
    """The folder of real videos; tests that need it are skipped, visibly, where there is none."""
    folder = Path(os.environ.get("VIDSENSE_TEST_VIDEOS") or REPOSITORY.parent / "shared" / "videos")
    if not folder.is_dir():
        pytest.skip(f"no real videos in {folder}: name a folder in VIDSENSE_TEST_VIDEOS")
    return folder


@pytest.fixture(scope="session")
def make_description() -> Callable[..., Description]:
    """A small true-to-form account, with any field changed."""

    def make(**changes: Any) -> Description:
        fields: dict[str, Any] = {
            "video": "yard.mp4",
            "description": "A fixed camera watches for 40 s.\n\nAt 0:30 something small comes in on the left.",
            "codec": "h264",
            "transcoded": False,
            "elapsed_s": 0.5,
            "duration_s": 40.0,
            "width": 640,
            "height": 360,
            "frame_rate": 25.0,
            "recorded_at": None,
            "model": "none",
            "camera": "static",
            "coverage": Coverage(decoded=[(0.0, 40.0)], looked_at=2),
            "budget": Budget(sampling="adaptive", frames=8),
            "frames": [
                FrameRef(id="f001", t=0.0, reason="start", shot="s01"),
                FrameRef(id="f002", t=30.04, reason="motion", shot="s02"),
                FrameRef(id="f003", t=31.0, reason="evidence", shot="s02", chosen=False),
            ],
            "shots": [
                Shot(id="s01", start=0.0, end=20.0, camera="static"),
                Shot(id="s02", start=20.0, end=40.0, camera="pan left"),
            ],
            "transitions": [Transition(start=20.0, end=20.0, kind="cut")],
            "facts": [],
            "events": [Event(id="e1", start=30.0, end=36.4, text="Something comes in.", evidence=["f002"])],
            "timings": Timings(),
            "warnings": [],
        }
        return Description(**{**fields, **changes})

    return make


@pytest.fixture
def fake_describe(monkeypatch: pytest.MonkeyPatch, make_description: Callable[..., Description]) -> list[str]:
    """Replaces `vidsense.describe`: files that say "broken" fail. The names of the files that it was asked about."""
    asked: list[str] = []

    def describe(location: str | Path, **options: Any) -> Description:
        path = Path(location)
        asked.append(path.name)
        if not path.exists():
            raise SourceError(f"there is no file {path.name}. Check the spelling.")
        if path.read_bytes() == b"broken":
            raise SourceError(f"cannot open {path.name}: it is broken. Is it a video?")
        if path.read_bytes() == b"odd":
            raise ZeroDivisionError("division by zero")
        account = make_description(video=path.name)
        for event in account.events if options.get("on_event") else ():
            options["on_event"](event)
        return account

    monkeypatch.setitem(vars(vidsense), "describe", describe)
    return asked
