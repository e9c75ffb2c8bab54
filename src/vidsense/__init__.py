"""Local video understanding: a true, timestamped account of any video.

Importing this module loads nothing else; each public name brings its part of the program when it is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vidsense.account.account import (
        Answer,
        Budget,
        Coverage,
        Description,
        Event,
        FactRef,
        FrameRef,
        Moment,
        Shot,
        Timings,
        Transition,
        json_schema,
    )
    from vidsense.account.ask import ask
    from vidsense.account.describe import describe
    from vidsense.account.plan import Plan, plan
    from vidsense.batch.asking import FolderAnswer, VideoAnswer, ask_folder
    from vidsense.errors import MissingExtraError, ModelError, OutputError, SourceError, VidSenseError
    from vidsense.frames.extract import Frames, extract_frames
    from vidsense.language.load import load_model
    from vidsense.language.model import LanguageModel
    from vidsense.language.options import ModelOptions
    from vidsense.source import Frame, StreamInfo, VideoStream, open_video
    from vidsense.temporal.transformer import ClipFeatures, TemporalTransformer
    from vidsense.vision.encoder import FrameFeatures, VisionEncoder
    from vidsense.vision.load import load_encoder

__all__ = [
    "Answer",
    "Budget",
    "ClipFeatures",
    "Coverage",
    "Description",
    "Event",
    "FactRef",
    "FolderAnswer",
    "Frame",
    "FrameFeatures",
    "FrameRef",
    "Frames",
    "LanguageModel",
    "MissingExtraError",
    "ModelError",
    "ModelOptions",
    "Moment",
    "OutputError",
    "Plan",
    "Shot",
    "SourceError",
    "StreamInfo",
    "TemporalTransformer",
    "Timings",
    "Transition",
    "VidSenseError",
    "VideoAnswer",
    "VideoStream",
    "VisionEncoder",
    "ask",
    "ask_folder",
    "describe",
    "extract_frames",
    "json_schema",
    "load_encoder",
    "load_model",
    "open_video",
    "plan",
]

_HOME = {
    "vidsense.account.ask": {"ask"},
    "vidsense.account.describe": {"describe"},
    "vidsense.account.plan": {"Plan", "plan"},
    "vidsense.language.load": {"load_model"},
    "vidsense.language.model": {"LanguageModel"},
    "vidsense.language.options": {"ModelOptions"},
    "vidsense.batch.asking": {"FolderAnswer", "VideoAnswer", "ask_folder"},
    "vidsense.errors": {"MissingExtraError", "ModelError", "OutputError", "SourceError", "VidSenseError"},
    "vidsense.frames.extract": {"Frames", "extract_frames"},
    "vidsense.temporal.transformer": {"ClipFeatures", "TemporalTransformer"},
    "vidsense.vision.encoder": {"FrameFeatures", "VisionEncoder"},
    "vidsense.vision.load": {"load_encoder"},
    "vidsense.source": {"Frame", "StreamInfo", "VideoStream", "open_video"},
}
"""Module → the public names that live there; all others are result types."""


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = next((module for module, names in _HOME.items() if name in names), "vidsense.account.account")
    return getattr(import_module(home), name)


def __dir__() -> list[str]:
    return sorted(__all__)
