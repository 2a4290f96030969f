"""SVG: shapes and text on a sheet, in colours that have a light and a dark side.

A colour is a role ("ink", "paper") of `COLOURS`, or a hexadecimal colour that is the same on both sides.
Looks are presentation attributes, which survive where styles are stripped; a style sheet changes the roles
where the reader's system is dark. Text is set in a monospaced face of 0.6 em, so that its width is known
without fonts and the bytes are the same on every machine. Relies on `outline`.
"""

from __future__ import annotations

import html
import re
import unicodedata
from base64 import b64encode
from collections.abc import Callable
from os import PathLike
from pathlib import Path
from typing import Any

from autograd_lite.see.outline import encodable

FONT = "'DejaVu Sans Mono', Menlo, Consolas, monospace"
ADVANCE = 0.6  # of a character, in em

# Role: (light, dark). Text in ink or muted stands on every fill here with a contrast of 4.5 or more.
COLOURS = {
    "paper": ("#ffffff", "#1b1c1e"),
    "ink": ("#202124", "#e8eaed"),
    "muted": ("#5f6368", "#a8adb3"),
    "line": ("#80868b", "#8a9097"),
    "faint": ("#dadce0", "#3c4043"),
    "box": ("#f8f9fa", "#222427"),
    "op": ("#ffffff", "#2a2c2f"),
    "input": ("#e7f1fb", "#1d2f42"),
    "input line": ("#3b6ea5", "#8ab4de"),
    "parameter": ("#f1ecf9", "#2e2540"),
    "parameter line": ("#6d4fa3", "#b9a3e0"),
    "constant": ("#f3f3f0", "#2b2b28"),
    "upstream": ("#b45309", "#f0a35c"),
    "edge": ("#6d28d9", "#b794f6"),
    "target": ("#0e7490", "#5cc8de"),
}

# Series in charts: told apart under the common deficiencies of colour vision, and by dash or mark besides.
SERIES = ("upstream", "target", "edge", "ink")

NEGATIVE, _MIDDLE, POSITIVE = (91, 155, 213), (255, 255, 255), (242, 142, 43)
_MONOSPACED = {*map(chr, range(32, 127)), *"−×÷∂…·"}  # as wide as the rest wherever they are set
_LOOKS = {
    "fill", "stroke", "stroke_width", "stroke_dasharray", "stroke_linejoin", "paint_order", "font_size",
    "font_weight", "text_anchor", "opacity",
}  # fmt: skip
_LEAST = 0.6  # of its size, to which a wide picture is shrunk before one has to scroll
_PREFIX = "a"  # of the classes that a style sheet knows looks by
STRIP_INK = "#202124"  # on the heat scale: 4.6 : 1 or more on each of its colours


def heat(share: float) -> str:
    """Return the colour of a share from -1, blue, over 0, white, to 1, orange."""
    end = POSITIVE if share > 0 else NEGATIVE
    weight = min(abs(share), 1.0)
    mixed = [round(m + (e - m) * weight) for m, e in zip(_MIDDLE, end, strict=True)]
    return "#" + "".join(f"{channel:02x}" for channel in mixed)


def columns(text: str) -> int:
    """Return how many characters wide a text is set: two for a wide one, none for a combining one."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text
    )


def length(text: str, size: float = 12) -> float:
    """Return how long a text is set, in pixels."""
    return columns(text) * size * ADVANCE


def printable(text: object) -> str:
    """Return a text on one line, without what cannot be printed."""
    return "".join(character if character.isprintable() else " " for character in str(text))


def clipped(text: str, most: int) -> str:
    """Return a text in at most so many columns of characters."""
    if columns(text) <= most:
        return text
    text = text[:most]
    while columns(text) >= most:
        text = text[:-1]
    return text + "…"


def coordinate(x: float) -> str:
    """Return a coordinate in as few characters as show it."""
    text = f"{x:.1f}"
    return text[:-2] if text.endswith(".0") else text


def figure(x: float) -> str:
    """Return a number for a picture: four decimals where ordinary, as many digits as it takes elsewhere."""
    ordinary = x == 0 or 1e-3 <= abs(x) < 1e6
    return (f"{x:.4f}" if ordinary else f"{x:.4g}").replace("-", "−")


def quoted(text: str) -> str:
    """Return a text in which nothing is markup, in an attribute or between tags."""
    return html.escape(text) if any(c in text for c in "&<>\"'") else text


class Sheet:
    """A drawing in the making: elements in the order in which they are painted.

    theme   "auto" for light that follows a dark system, "light" or "dark"
    styled  whether looks are rules of the style sheet instead of attributes, which is shorter
    """

    def __init__(self, theme: str = "auto", *, styled: bool = False) -> None:
        if theme not in ("auto", "light", "dark"):
            raise ValueError(f"theme: expected 'auto', 'light' or 'dark', got {theme!r}")
        self.theme, self.styled = theme, styled
        self._parts: list[str] = []
        self._classes: dict[tuple[tuple[str, str], ...], str] = {}  # of looks
        self.element("rect", width="100%", height="100%", fill="paper")

    def element(self, tag: str, content: str | None = None, *, classes: str = "", **attributes: Any) -> None:
        """Add an element. An attribute's `_` stands for `-`; numbers are coordinates; content is text."""
        words, looks, roles = [tag], [], []
        for name, value in attributes.items():
            if value is None:
                continue
            told = coordinate(value) if isinstance(value, float | int) else str(value)
            if name in ("fill", "stroke") and told in COLOURS:
                roles.append((name, told))
                told = COLOURS[told][self.theme == "dark"]
            if self.styled and name in _LOOKS:
                looks.append((name.replace("_", "-"), f"{told}px" if name == "font_size" else told))
            else:
                words.append(f'{name.replace("_", "-")}="{quoted(told)}"')
        if looks or roles:
            kind = self._classes.setdefault((*looks, *roles), f"{_PREFIX}{len(self._classes)}")
            classes = f"{classes} {kind}".lstrip()
        if classes:
            words.append(f'class="{classes}"')
        start = " ".join(words)
        lines = [] if content is None else [quoted(printable(line)) for line in content.split("\n")]
        body = "/>" if content is None else ">" + "\n".join(lines) + f"</{tag}>"
        self._parts.append(f"<{start}{body}")

    def text(
        self, x: float, y: float, text: str, *, size: float = 12, fill: str = "ink", **rest: Any
    ) -> None:
        """Add a line of text whose baseline starts at x, y; what may be wider than it should is fitted."""
        fitted = None if set(text) <= _MONOSPACED else length(text, size)
        self.element(
            "text", text, x=x, y=y, font_size=size if size != 12 else None, fill=fill, textLength=fitted,
            lengthAdjust=None if fitted is None else "spacingAndGlyphs", **rest,
        )  # fmt: skip

    def group(self, **attributes: str) -> None:
        """Open a group; `end` closes it."""
        words = [f'{name.replace("_", "-")}="{quoted(value)}"' for name, value in attributes.items()]
        self._parts.append(f"<{' '.join(['g', *words])}>")

    def end(self) -> None:
        """Close the group that was opened last."""
        self._parts.append("</g>")

    def svg(self, width: float, height: float, title: str, style: str = "") -> str:
        """Return the sheet as an SVG document, with a title for those who do not see it."""
        light, dark = [style], []
        for looks, kind in self._classes.items():
            rules = "".join(f"{name}:{told};" for name, told in looks if told not in COLOURS)
            if rules:
                light.append(f".{kind}{{{rules[:-1]}}}")
            changes = "".join(f"{name}:{COLOURS[told][1]};" for name, told in looks if told in COLOURS)
            if changes:
                dark.append(f".{kind}{{{changes[:-1]}}}")
        if self.theme == "auto" and dark:
            light.append(f"@media (prefers-color-scheme:dark){{{''.join(dark)}}}")
        sheet = "".join(light)
        w, h = coordinate(width), coordinate(height)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{w}" height="{h}" viewBox="0 0 {w} {h}" '
            f'role="img" font-family="{FONT}" font-size="12">'
            f"<title>{quoted(printable(title))}</title>"
            + (f"<style>{sheet}</style>" if sheet else "")
            + "".join(self._parts)
            + "</svg>\n"
        )


class Picture:
    """Something with an `.svg`, which notebooks show and `.save("x.svg")` writes; its string is its text.

    In a notebook it is an image, because notebooks that are not trusted, such as a clone's, show neither bare
    SVG nor SVG inside of HTML.
    """

    @property
    def svg(self) -> str:
        """The picture as an SVG document."""
        raise NotImplementedError

    @property
    def text(self) -> str:
        """What the picture shows in characters."""
        raise NotImplementedError

    def __str__(self) -> str:
        return encodable(self.text)

    __repr__ = __str__

    @property
    def title(self) -> str:
        """What the picture shows, for those who do not see it."""
        return self.text.partition("\n")[0]

    def save(self, path: str | PathLike[str]) -> Path:
        """Write the picture in the format that the name ends in, and return the path.

        svg, html and txt need nothing else; png needs the extra "png". Raises ValueError for another ending,
        ImportError if the extra is missing.
        """
        file = Path(path)
        form = file.suffix[1:].lower()
        formats = self._formats()
        if form not in formats:
            raise ValueError(f"save: expected a name that ends in .{', .'.join(formats)}, got {file.name!r}")
        content = formats[form]()
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return file

    def _formats(self) -> dict[str, Callable[[], str | bytes]]:
        """Return what makes the content of a file, by the ending of its name."""
        return {
            "svg": lambda: self.svg,
            "html": lambda: page(self.svg, self.title, self.text),
            "png": lambda: png(self.svg),
            "txt": lambda: f"{self.text}\n",
        }

    def _repr_mimebundle_(self, *arguments: object, **options: object) -> dict[str, str]:
        return {"text/html": image(self.svg, self.title), "text/plain": self.text}


def image(svg: str, alternative: str) -> str:
    """Return an <img> that holds an SVG document."""
    data = b64encode(svg.encode()).decode()
    return (
        f'<img alt="{html.escape(alternative)}" style="{_fitted(svg)}" '
        f'src="data:image/svg+xml;base64,{data}">'
    )


def _fitted(svg: str) -> str:
    """Return the style of a picture that shrinks to the page, but not until it cannot be read."""
    width = re.search(r'width="([\d.]+)', svg)
    least = f";min-width:{float(width[1]) * _LEAST:.0f}px" if width else ""
    return f"max-width:100%{least}"


def page(svg: str, title: str, text: str) -> str:
    """Return a page of HTML that holds a picture, and the same as text."""
    return (
        '<!doctype html>\n<html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{html.escape(title)}</title>"
        "<style>:root{color-scheme:light dark}body{margin:1em;font-family:system-ui,sans-serif}"
        "@media (prefers-color-scheme:dark){body{background:#1b1c1e;color:#e8eaed}}"
        f"div,pre{{overflow-x:auto}}svg{{{_fitted(svg)};height:auto}}</style>\n"
        f"<div>{svg}</div>"
        f"<details><summary>The same as text</summary><pre>{html.escape(text)}</pre></details>\n"
        "</html>\n"
    )


def png(svg: str) -> bytes:
    """Return a picture as PNG, with the fonts of the package, so that it needs none on the machine.

    Raises ImportError if resvg-py is not installed.
    """
    try:
        from resvg_py import svg_to_bytes
    except ImportError:
        raise ImportError(
            'save: a PNG needs the extra "png": pip install "autograd-lite[png]"; svg and html need nothing'
        ) from None
    fonts = Path(__file__).parent / "fonts"
    return bytes(
        svg_to_bytes(svg_string=svg, dpi=96, font_files=[str(font) for font in sorted(fonts.glob("*.ttf"))])
    )
