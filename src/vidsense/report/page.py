"""In: `Material`. Out: the page, one HTML text that needs nothing else and asks nothing of any network."""

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from vidsense.account.words import at_time, capitalized
from vidsense.report.frames import PageFrame
from vidsense.report.markup import Markup, embedded, joined, tag
from vidsense.report.material import Material
from vidsense.report.pictures import webp
from vidsense.report.steps import STEPS
from vidsense.report.steps.step import Step

ASSETS = Path(__file__).with_name("assets")
STYLES = ("page.css", "figures.css")
SCRIPTS = (
    "core.js", "steps.js", "film.js", "tokens.js", "space.js", "attention.js", "smaller.js", "taught.js", "start.js",
)  # fmt: skip
THUMB_SIDE, THUMB_QUALITY = 400, 55
"""The longer side of a frame on the page, and how well it is kept."""


def page_of(material: Material) -> str:
    """The whole page."""
    steps = [make(material) for make in STEPS]
    with ThreadPoolExecutor() as pool:  # writing small pictures is most of the work here
        data: dict[str, Any] = {"frames": list(pool.map(frame_data, material.frames))}
    for step in steps:
        data |= step.data
    filled = {
        "title": joined([f"{material.description.video}: how a network sees it"]),
        "video": joined([material.description.video]),
        "lead": joined([lead(material)]),
        "navigation": joined(link(number, step) for number, step in enumerate(steps, start=1)),
        "count": joined([str(len(steps))]),
        "steps": joined(section(number, step) for number, step in enumerate(steps, start=1)),
        "missing": tag("p", capitalized(material.missing), class_="missing") if material.missing else Markup(""),
        "data": embedded(data),
        "style": asset(*STYLES),
        "script": asset(*SCRIPTS),
    }
    return re.sub(r"\{\{(\w+)\}\}", lambda place: filled[place[1]], asset("page.html"))


def lead(material: Material) -> str:
    """What the page is, in a sentence."""
    name = material.seen.info.name if material.seen else None
    through = f", through the eyes of {name}" if name else ""
    return f"How frames become tokens, embeddings, attention and words{through}: on this video, with its own numbers."


def link(number: int, step: Step) -> Markup:
    """A step in the navigation."""
    return tag(
        "a", tag("b", str(number)), tag("span", step.name), href=f"#{step.key}", aria_label=f"{number}. {step.title}"
    )


def section(number: int, step: Step) -> Markup:
    """A step of the page."""
    head = tag("h2", tag("span", str(number), class_="number", aria_hidden="true"), step.title, tabindex=-1)
    return tag("section", head, *step.parts, id=step.key, class_="step", data_step=number)


def frame_data(frame: PageFrame) -> dict[str, Any]:
    """A frame for the script."""
    return {
        "n": frame.number,
        "t": round(frame.pts_seconds, 4),
        "clock": at_time(frame.pts_seconds),
        "id": frame.id,
        "reason": frame.reason,
        "shot": frame.shot,
        "busy": frame.happening,
        "src": webp(frame.pixels, THUMB_QUALITY, long_side=THUMB_SIDE),
    }


def asset(*names: str) -> str:
    """Files that lie beside this module, one after the other."""
    return "\n".join((ASSETS / name).read_text("utf-8") for name in names)
