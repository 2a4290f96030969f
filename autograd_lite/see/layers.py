"""Pictures of a model's layers: histograms of gradients and activations, maps of weights.

A layer is whatever has `neurons`, each with weights w and a bias b. The pictures keep the numbers of the
moment when they were made; models are called under `no_grad`. Relies on `histograms`, `charts` and `svg`.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from autograd_lite.context import no_grad
from autograd_lite.engine import Value, plain
from autograd_lite.see.charts import (
    MARGIN,
    WIDTH,
    draw_pixels,
    matplotlib_figure,
    numeral,
    titled_sheet,
)
from autograd_lite.see.histograms import Group, Histograms
from autograd_lite.see.svg import STRIP_INK, Picture, Sheet, clipped, heat, length, printable

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SHOWN = 8  # neurons and inputs in a terminal
BROKEN = "#5f6368"  # the cell of what is not finite


def gradient_histograms(model: Any, *, title: str = "gradients") -> Histograms:
    """Return a picture with a histogram for each layer of the gradients of its parameters.

    model  a layer, or a Module with layers in `model.layers` or in attributes of its own

    Raises ValueError before `backward()` has given any of them a gradient, and TypeError without layers.

    >>> from autograd_lite.nn import MLP
    >>> model = MLP(2, [3, 1], seed=1)
    >>> model([1.0, -2.0]).backward()
    >>> list(gradient_histograms(model).groups)
    ['layer 0', 'layer 1']
    """
    found = {name: _parameters(layer) for name, layer in _layers(model, "gradient_histograms").items()}
    _check_gradients(found.values(), "gradient_histograms")
    return Histograms({name: Group([p.grad for p in own]) for name, own in found.items()}, printable(title))


def activation_histograms(
    model: Any, X: Iterable[Sequence[float]], *, title: str = "activations"
) -> Histograms:
    """Return a picture with a histogram for each layer of what its neurons give for the samples X.

    Beside it stands how many neurons are dead: exactly 0 for every sample, as a relu that cannot learn.
    The model is that of `gradient_histograms`. Raises ValueError where X is empty, or a layer is not called.

    >>> from autograd_lite.nn import Layer
    >>> layer = Layer(1, 2)
    >>> layer.neurons[0].w[0].data, layer.neurons[1].w[0].data = 1.0, -1.0
    >>> activation_histograms(layer, [[1.0], [2.0]]).groups["Layer"].note
    '1 of 2 dead'
    """
    where = "activation_histograms"
    watched = {name: _Watched(layer) for name, layer in _layers(model, where).items()}
    # In a copy, which has the same parameters: the model stays as it is.
    twin = _with_layers(model, {id(watch.layer): watch for watch in watched.values()})
    with no_grad():
        for x in X:
            twin(x)
    groups = {}
    for name, watch in watched.items():
        if not watch.outputs:
            raise ValueError(f"{where}: {name} gave nothing; expected at least one sample, and a model that "
                             "calls its layers")  # fmt: skip
        units = list(zip(*watch.outputs, strict=True))
        dead = sum(not any(unit) for unit in units)
        numbers = [x for outputs in watch.outputs for x in outputs]
        groups[name] = Group(numbers, f"{dead} of {len(units)} dead")
    return Histograms(groups, printable(title))


@dataclass(frozen=True)
class WeightMap(Picture):
    """What `weight_map` returns: `.svg`, `str()` for a terminal, `.figure()` for matplotlib.

    layers  for each layer a row for each neuron: its weights by input, and its bias last
    """

    layers: dict[str, list[list[float]]]
    heading: str

    @property
    def svg(self) -> str:
        """The picture as an SVG document."""
        sheet = titled_sheet(self.heading)
        y = 36.0
        for name, rows in self.layers.items():
            y = _draw_map(sheet, name, rows, y)
        strip = [[heat(k / 20) for k in range(-20, 21)]]
        draw_pixels(sheet, strip, WIDTH / 2 - 60, y, 120, 12)
        sheet.text(WIDTH / 2 - 68, y + 10, "-greatest", fill="muted", text_anchor="end")
        sheet.text(WIDTH / 2 + 68, y + 10, "greatest of the layer", fill="muted")
        return sheet.svg(WIDTH, y + 28, self.heading)

    @property
    def text(self) -> str:
        """What the picture shows in characters."""
        lines = [self.heading]
        for name, rows in self.layers.items():
            shown = [f"w{k}" for k in range(len(rows[0]) - 1)][:SHOWN]
            more = "  …" if len(rows[0]) - 1 > SHOWN else ""
            lines += [_heading(name, rows), _table_row("", shown, more, "b")]
            for i, row in enumerate(rows[:SHOWN]):
                *weights, bias = [numeral(x, 3) for x in row]
                lines.append(_table_row(str(i), weights[:SHOWN], more, bias))
            if len(rows) > SHOWN:
                lines.append(f"   … {len(rows) - SHOWN} more neurons")
        return "\n".join(lines)

    def figure(self) -> Figure:
        """Return the map as a matplotlib Figure, whose axes can be restyled.

        Raises ImportError if matplotlib is not installed.
        """
        figure = matplotlib_figure("weight_map", 0.6 + 2.0 * len(self.layers))
        figure.suptitle(self.heading)
        from matplotlib.colors import LinearSegmentedColormap

        colours = LinearSegmentedColormap.from_list("heat", [heat(-1), heat(0), heat(1)])
        panels = figure.subplots(len(self.layers), squeeze=False)[:, 0]
        for axes, (name, rows) in zip(panels, self.layers.items(), strict=True):
            greatest = _greatest(rows) or 1.0
            image = axes.imshow(rows, cmap=colours, vmin=-greatest, vmax=greatest, aspect="auto")
            figure.colorbar(image, ax=axes)
            axes.set(title=_heading(name, rows), ylabel="neuron", xlabel="input, the bias last")
        return figure


def _table_row(name: str, cells: Sequence[str], more: str, bias: str) -> str:
    return f"{name:>4}" + "".join(f"{cell:>10}" for cell in cells) + f"{more}  |{bias:>10}"


def _greatest(rows: Sequence[Sequence[float]]) -> float:
    """Return the greatest finite magnitude."""
    return max((abs(x) for row in rows for x in row if math.isfinite(x)), default=0.0)


def _heading(name: str, rows: Sequence[Sequence[float]]) -> str:
    broken = sum(not math.isfinite(x) for row in rows for x in row)
    size = f"{clipped(name, 20)}: {len(rows)} x {len(rows[0]) - 1}, greatest {numeral(_greatest(rows), 3)}"
    return f"{size}, {broken} not finite" if broken else size


def _colour(x: float, greatest: float) -> str:
    """Return the colour of a number, in one of 201 steps of heat."""
    if not math.isfinite(x):
        return BROKEN
    return heat(round(100 * (x / greatest)) / 100 if greatest else 0.0)


def _draw_map(sheet: Sheet, name: str, rows: list[list[float]], top: float) -> float:
    """Draw a layer as a row of cells for each neuron, the bias apart, and return where the next may begin."""
    inputs = len(rows[0]) - 1
    sheet.text(MARGIN, top + 12, _heading(name, rows))
    few = inputs <= 8 and len(rows) <= 16
    left = MARGIN + 8 + length(str(len(rows) - 1))
    width = min(52.0, (WIDTH - MARGIN - left) / (inputs + 1.5))
    height = 20.0 if few else max(min(width, 20.0), min(14.0, max(240 / len(rows), 1.0)))
    above = top + 24 + (12 if few else 0)
    bias = left + (inputs + 0.5) * width
    greatest = _greatest(rows)
    colours = [[_colour(x, greatest) for x in row] for row in rows]
    tall = height * len(rows)
    for x, wide, part in ((left, inputs * width, slice(0, -1)), (bias, width, slice(-1, None))):
        draw_pixels(sheet, [row[part] for row in colours], x, above, wide, tall)
        sheet.element("rect", x=x, y=above, width=wide, height=tall, fill="none", stroke="faint")
    edges = [*(left + k * width for k in range(inputs)), bias]
    if few:
        for k, x in enumerate(edges):
            label = f"w{k}" if k < inputs else "b"
            sheet.text(x + width / 2, above - 4, label, size=10, fill="muted", text_anchor="middle")
    for i, row in enumerate(rows):
        middle = above + (i + 0.5) * height + 4
        if height >= 14:
            sheet.text(left - 6, middle, str(i), size=10, fill="muted", text_anchor="end")
        if few:
            for x, number in zip(edges, row, strict=True):
                ink = "#ffffff" if not math.isfinite(number) else STRIP_INK
                text = numeral(number, 2)
                text = text if len(text) <= 7 else numeral(number, 1)  # seven fit the narrowest cell
                sheet.text(x + width / 2, middle, text, size=10, fill=ink, text_anchor="middle")
    return above + tall + 16


def weight_map(model: Any, *, gradient: bool = False, title: str | None = None) -> WeightMap:
    """Return a heat map of the weights of each layer: a row for each neuron, its bias apart at the end.

    model     a layer, or a Module with layers in `model.layers` or in attributes of its own
    gradient  whether to show the gradients in place of the weights

    Blue is negative, orange positive, up to the greatest magnitude of the layer; what is not finite is dark.
    Numbers stand in the cells of small layers. Raises TypeError without layers, and ValueError for gradients
    before `backward()`.

    >>> from autograd_lite.nn import Layer
    >>> layer = Layer(2, 1)
    >>> layer.neurons[0].w[0].data, layer.neurons[0].w[1].data = 0.5, -2.0
    >>> print(weight_map(layer))
    weights
    Layer: 1 x 2, greatest 2
                w0        w1  |         b
       0       0.5        -2  |         0
    """
    layers = _layers(model, "weight_map")
    if gradient:
        _check_gradients(map(_parameters, layers.values()), "weight_map")
    numbers = {
        name: [[p.grad if gradient else p.data for p in (*neuron.w, neuron.b)] for neuron in layer.neurons]
        for name, layer in layers.items()
    }
    return WeightMap(numbers, printable(title or ("gradients" if gradient else "weights")))


class _Watched:
    """A layer that keeps the numbers it gives."""

    def __init__(self, layer: Any) -> None:
        self.layer = layer
        self.outputs: list[list[float]] = []

    def __call__(self, *arguments: Any) -> Any:
        result = self.layer(*arguments)
        self.outputs.append([plain(x) for x in (result if isinstance(result, list | tuple) else [result])])
        return result

    def __getattr__(self, name: str) -> Any:
        return getattr(self.layer, name)


def _with_layers(model: Any, watched: Mapping[int, _Watched]) -> Any:
    """Return a model like this one with the layers exchanged, or the one layer that it is."""
    if id(model) in watched:
        return watched[id(model)]
    twin = copy.copy(model)
    for name, part in vars(model).items():
        if isinstance(part, list | tuple) and any(id(item) in watched for item in part):
            vars(twin)[name] = [watched.get(id(item), item) for item in part]
        elif id(part) in watched:
            vars(twin)[name] = watched[id(part)]
    return twin


def _layers(model: Any, where: str) -> dict[str, Any]:
    """Return what has neurons in a model: itself, or its layers, or its attributes, by name."""
    if hasattr(model, "neurons"):
        return {type(model).__name__: model}
    parts = {f"layer {i}": layer for i, layer in enumerate(getattr(model, "layers", ()))}
    parts = parts or getattr(model, "__dict__", {})
    found = {name: part for name, part in parts.items() if hasattr(part, "neurons")}
    if not found:
        raise TypeError(
            f"{where}: expected a layer, or a model with layers of neurons in .layers or in its attributes, "
            f"got {type(model).__name__}; for other numbers, histograms({{name: numbers}})"
        )
    return found


def _parameters(layer: Any) -> list[Value]:
    return [parameter for neuron in layer.neurons for parameter in (*neuron.w, neuron.b)]


def _check_gradients(layers: Iterable[list[Value]], where: str) -> None:
    if not any(parameter.has_grad for layer in layers for parameter in layer):
        raise ValueError(f"{where}: no parameter has a gradient yet; call backward() on the loss first")
