"""Out: `Step`, one part of the page: what it says, and the numbers that its figures are drawn from."""

import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from vidsense.account.words import at_time
from vidsense.report.markup import Markup, tag
from vidsense.report.material import Material


@dataclass(frozen=True)
class Step:
    """One step of the demonstration."""

    key: str
    """Its place in the address, "#tokens"."""
    name: str
    """In the navigation."""
    title: str
    parts: tuple[Markup, ...]
    """Shown one after the other when the page is presented."""
    data: dict[str, Any] = field(default_factory=dict)
    """Name → what the page's script draws from; JSON."""


MakeStep = Callable[[Material], Step]


def part(title: str | None, *content: Markup) -> Markup:
    """A part of a step, under a heading of its own."""
    heading = tag("h3", title) if title else None
    return tag("div", heading, *content, class_="part")


def prose(*texts: str | Markup) -> Markup:
    """A paragraph."""
    return tag("p", *texts)


def note(*texts: str | Markup) -> Markup:
    """What is said on the side."""
    return tag("p", *texts, class_="note")


def frame_link(material: Material, number: int, text: str | None = None) -> Markup:
    """A frame of the page to point at: hover shows it, a click enlarges it."""
    frame = material.frames[number - 1]
    words = text or f"frame {number}"
    return tag("button", words, type="button", class_="frame", data_frame=number, title=at_time(frame.pts_seconds))


def thumb(material: Material, number: int, caption: str | None = None) -> Markup:
    """A frame as a small picture."""
    frame = material.frames[number - 1]
    words = f"Frame {number} at {at_time(frame.pts_seconds)}"
    picture = tag("img", alt=words, data_picture=number)
    under = tag("span", caption or f"{number} · {at_time(frame.pts_seconds)}")
    return tag("button", picture, under, type="button", class_="thumb", data_frame=number)


def formula(*parts: str | Markup) -> Markup:
    """A line of mathematics."""
    return tag("p", *parts, class_="formula")


def float32_base64(values: np.ndarray) -> str:
    """Little-endian float32, exact."""
    return base64.b64encode(np.ascontiguousarray(values, "<f4").tobytes()).decode()


def uint16_base64(shares: np.ndarray) -> str:
    """Shares from 0 to 1 in steps of 1 / 65535."""
    return base64.b64encode(np.round(np.clip(shares, 0.0, 1.0) * 65535.0).astype("<u2").tobytes()).decode()


def uint8_base64(values: np.ndarray) -> str:
    """Bytes as they are."""
    return base64.b64encode(np.ascontiguousarray(values, np.uint8).tobytes()).decode()


def series(values: np.ndarray, decimals: int) -> list[float]:
    """Numbers for a curve."""
    return [round(float(value), decimals) for value in values]
