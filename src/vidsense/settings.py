"""In: `config.toml` and the environment. Out: the settings that hold, each with where it comes from.

The file lies in the platform's folder for configurations (`VIDSENSE_CONFIG` names another). `VIDSENSE_…` in the
environment goes before the file, a flag on the command line before both.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vidsense.errors import VidSenseError

CHECKS = ("quick", "full", "off")
SAMPLINGS = ("adaptive", "uniform", "keyframe", "every")
PREFIX = "VIDSENSE_"
CONFIG = PREFIX + "CONFIG"
SWITCHES = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
Value = str | int | bool | Path | None


class SettingsError(VidSenseError):
    """A setting that makes no sense, or a file of settings that cannot be read."""


@dataclass(frozen=True)
class Known:
    """A setting that there is."""

    default: Value
    read: Callable[[Any], Value]
    """The value of what the file or the environment says. Raises `ValueError`."""
    wants: str
    """What it may be, in words."""


@dataclass(frozen=True)
class Setting:
    """A setting that holds."""

    name: str
    value: Value
    origin: str
    """"default", the name of the environment's variable, or the file."""


def count(least: int) -> Callable[[Any], int]:
    """Reads a whole number of at least so much."""

    def read(raw: Any) -> int:
        if isinstance(raw, bool | float) or int(raw) < least:
            raise ValueError
        return int(raw)

    return read


def switch(raw: Any) -> bool:
    """Reads on or off."""
    if str(raw).lower() not in SWITCHES:
        raise ValueError
    return SWITCHES[str(raw).lower()]


def text(raw: Any) -> str:
    """Reads a text that is not empty."""
    if not isinstance(raw, str) or not raw.strip():
        raise ValueError
    return raw


def one_of(names: tuple[str, ...]) -> Callable[[Any], str]:
    """Reads one of these names."""

    def read(raw: Any) -> str:
        if raw not in names:
            raise ValueError
        return str(raw)

    return read


def folder(raw: Any) -> Path:
    """Reads a folder's path; `~` is the user's own."""
    return Path(text(raw)).expanduser()


def known_settings(environ: Mapping[str, str]) -> dict[str, Known]:
    """All settings that there are, by name. `OLLAMA_HOST` counts as Ollama's own setting of where it listens."""
    from platformdirs import user_cache_path

    whole = "a whole number of at least"
    return {
        "model": Known("auto", text, "a model's name"),
        "check": Known("quick", one_of(CHECKS), f"one of {', '.join(CHECKS)}"),
        "context": Known(None, count(1024), f"{whole} 1024"),
        "parallel": Known(1, count(1), f"{whole} 1"),
        "allow_remote": Known(False, switch, "true or false"),
        "ollama_host": Known(environ.get("OLLAMA_HOST") or None, text, "an address"),
        "api_key": Known(None, text, "a key"),
        "keep_alive": Known("10m", text, "a time that Ollama understands"),
        "model_timeout": Known(600, count(1), f"{whole} 1 (seconds)"),
        "picture_size": Known(None, count(28), f"{whole} 28"),
        "gpu_layers": Known(-1, count(-1), f"{whole} -1 (-1: all that fit)"),
        "bits": Known(None, count(4), "4 or 8"),
        "device": Known("auto", text, "auto, cpu, cuda or mps"),
        "speech_model": Known(None, text, "a folder or the name of a speech model"),
        "sampling": Known("adaptive", one_of(SAMPLINGS), f"one of {', '.join(SAMPLINGS)}"),
        "frames": Known(None, count(1), f"{whole} 1"),
        "token_budget": Known(None, count(1), f"{whole} 1"),
        "tokens_per_frame": Known(196, count(1), f"{whole} 1"),
        "threads": Known(0, count(0), f"{whole} 0 (0: all cores)"),
        "cache": Known(True, switch, "true or false"),
        "cache_folder": Known(user_cache_path("vidsense", appauthor=False), folder, "a folder's path"),
    }


def config_path(environ: Mapping[str, str]) -> Path:
    """Where the file of settings is, or would be."""
    from platformdirs import user_config_path

    named = environ.get(CONFIG)
    return Path(named).expanduser() if named else user_config_path("vidsense", appauthor=False) / "config.toml"


def read_settings(environ: Mapping[str, str]) -> dict[str, Setting]:
    """Every setting by name. Raises `SettingsError` with one sentence that names what is wrong and where."""
    known, path = known_settings(environ), config_path(environ)
    settings = {name: Setting(name, one.default, "default") for name, one in known.items()}
    for name, raw in written_in(path).items():
        check_name(name, known, str(path))
        settings[name] = value_of(name, raw, known, str(path))
    for variable, raw in environ.items():
        name = variable.removeprefix(PREFIX).lower()
        if variable.startswith(PREFIX) and name in known:
            settings[name] = value_of(name, raw, known, variable)
    return settings


def written_in(path: Path) -> dict[str, Any]:
    """What the file says; nothing when there is none."""
    import tomllib

    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"cannot read the settings in {path}: {error}. Mend the file or remove it.") from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path} is not valid TOML: {error}. Mend the line or remove the file.") from error


def check_name(name: str, known: Mapping[str, Known], origin: str) -> None:
    """Refuse a setting that there is not."""
    if name not in known:
        import difflib

        near = difflib.get_close_matches(name, known, n=1)
        cure = f"Did you mean {near[0]}?" if near else f"There are {', '.join(known)}."
        raise SettingsError(f"there is no setting {name!r} ({origin}). {cure}")


def value_of(name: str, raw: Any, known: Mapping[str, Known], origin: str) -> Setting:
    """One setting as it was written somewhere."""
    try:
        return Setting(name, known[name].read(raw), origin)
    except (ValueError, TypeError) as error:
        raise SettingsError(f"{name} = {raw!r} ({origin}) makes no sense: it must be {known[name].wants}.") from error
