"""In: the options and settings of a command. Out: `Choice`, which model writes and how it runs."""

from dataclasses import dataclass
from typing import Any, Literal

import click

from vidsense.cli.options import held
from vidsense.language.load import AUTO, NONE, found_model, parts_of
from vidsense.language.options import ModelOptions

FLAGS = ("context", "parallel", "allow_remote", "trust_remote_code")
SETTINGS = ("ollama_host", "api_key", "keep_alive", "picture_size", "model_timeout", "gpu_layers", "bits", "device")
"""What only the settings say, because it hardly ever changes."""
FIELDS = {"model_timeout": "timeout_seconds"}


@dataclass(frozen=True)
class Choice:
    """Who writes."""

    model: str
    """A name, or "none"; "auto" is already decided."""
    check: Literal["quick", "full", "off"]
    options: ModelOptions


def chosen_model(ctx: click.Context, chosen: dict[str, Any]) -> Choice:
    """What the command line and the settings say; takes the options that it reads out of `chosen`."""
    flags = {name: chosen.pop(name) for name in FLAGS}
    options = held_options(ctx, **flags)
    model, check = str(chosen.pop("model")), chosen.pop("check")
    if model == AUTO:
        model = found_model(options) or NONE
    elif model != NONE:
        parts_of(model)  # a name of no form is refused before anything is looked at
    return Choice(model, check, options)


def held_options(ctx: click.Context, **flags: Any) -> ModelOptions:
    """How models run as the settings say, and the flags."""
    settings = held(ctx)
    said: dict[str, Any] = {FIELDS.get(name, name): settings[name].value for name in SETTINGS}
    return ModelOptions(**said, **flags)
