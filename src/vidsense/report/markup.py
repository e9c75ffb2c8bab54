"""In: texts and values. Out: `Markup`, HTML in which every text is escaped exactly once."""

import json
from collections.abc import Iterable
from html import escape
from typing import Any

VOID = {"img", "input", "br", "hr"}


class Markup(str):
    """HTML, not to be escaped again."""

    __slots__ = ()


def tag(name: str, *children: str | None, **attributes: object) -> Markup:
    """An element. `class_` is class, `data_frame` data-frame; true stands alone, none and false are left out.

    >>> tag("p", "1 < 2", class_="note")
    '<p class="note">1 &lt; 2</p>'
    """
    head = "".join(
        attribute(key, value) for key, value in attributes.items() if value is not None and value is not False
    )
    if name in VOID:
        return Markup(f"<{name}{head}>")
    return Markup(f"<{name}{head}>{joined(children)}</{name}>")


def attribute(key: str, value: object) -> str:
    """One attribute with the space before it."""
    name = key.rstrip("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{escape(str(value))}"'


def joined(parts: Iterable[str | None]) -> Markup:
    """Parts one after the other; plain texts are escaped."""
    return Markup("".join(part if isinstance(part, Markup) else escape(part) for part in parts if part is not None))


def table(head: Iterable[str], rows: Iterable[Iterable[str]], *, caption: str | None = None) -> Markup:
    """A table whose first column names its rows; it scrolls where it is too wide."""
    titles = joined(tag("th", cell, scope="col") for cell in head)
    lines = []
    for row in rows:
        first, *rest = row
        lines.append(tag("tr", tag("th", first, scope="row"), *(tag("td", cell) for cell in rest)))
    parts = [tag("caption", caption) if caption else None, tag("thead", tag("tr", titles)), tag("tbody", *lines)]
    return tag("div", tag("table", *parts), class_="table", tabindex=0, role="region", aria_label=caption or "table")


def figure(kind: str, words: str, caption: str | Markup) -> Markup:
    """A place where the page's script draws a figure of this kind; `words` is for those who do not see it."""
    drawing = tag("div", class_="drawing", data_figure=kind, role="group", aria_label=words)
    return tag("figure", drawing, tag("figcaption", caption))


def embedded(data: Any) -> Markup:
    """JSON as it may stand inside a script element, whatever texts it holds."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return Markup(text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029"))
