"""Pictures of training: where things are drawn, what they say, what is refused."""

import json
import math
import os
import random
import re
import struct
import subprocess
import sys
import zlib
from base64 import b64decode
from itertools import combinations
from xml.etree import ElementTree

import pytest

from autograd_lite import Value, log
from autograd_lite.nn import MLP, Layer, Module
from autograd_lite.see import charts
from autograd_lite.see.boundary import CLASSES, RING, decision_boundary
from autograd_lite.see.curve import loss_curve
from autograd_lite.see.descent import descent
from autograd_lite.see.histograms import histograms
from autograd_lite.see.layers import activation_histograms, gradient_histograms, weight_map
from autograd_lite.see.svg import SERIES, heat, length

SVG = "{http://www.w3.org/2000/svg}"
NAN, INF, MOST = math.nan, math.inf, sys.float_info.max


def elements(picture, tag):
    return ElementTree.fromstring(picture.svg).findall(f".//{SVG}{tag}")


def texts(picture):
    return [element.text for element in elements(picture, "text")]


def boxes(picture):
    """The text of each label with its left, top, right and bottom."""
    for element in elements(picture, "text"):
        size = float(element.get("font-size", 12))
        wide = length(element.text, size)
        x = float(element.get("x")) - wide * {"middle": 0.5, "end": 1}.get(element.get("text-anchor"), 0)
        y = float(element.get("y"))
        yield element.text, x, y - 0.8 * size, x + wide, y + 0.2 * size


def decoded(data):
    """The pixels of a PNG with a palette, as "#rrggbbaa", row by row."""
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    chunks, place = {}, 8
    while place < len(data):
        size, kind = struct.unpack_from(">I4s", data, place)
        body = data[place + 8 : place + 8 + size]
        assert struct.unpack_from(">I", data, place + 8 + size)[0] == zlib.crc32(kind + body)
        chunks[kind] = body
        place += 12 + size
    width, height, depth, kind, *rest = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
    assert (kind, rest) == (3, [0, 0, 0])
    lines = zlib.decompress(chunks[b"IDAT"])
    stride = 1 + -(-width * depth // 8)
    assert len(lines) == stride * height
    palette = [f"#{chunks[b'PLTE'][3 * i :][:3].hex()}{a:02x}" for i, a in enumerate(chunks[b"tRNS"])]
    rows = []
    for i in range(height):
        line = lines[i * stride : (i + 1) * stride]
        assert line[0] == 0
        bits = "".join(f"{byte:08b}" for byte in line[1:])
        rows.append([palette[int(bits[k * depth : (k + 1) * depth], 2)] for k in range(width)])
    return rows


def images(picture):
    return [decoded(b64decode(image.get("href").split("base64,")[1])) for image in elements(picture, "image")]


def points(path):
    """The points of a path of absolute line segments, a list for each piece."""
    return [
        [(float(x), float(y)) for x, y in re.findall(r"(-?[\d.]+) (-?[\d.]+)", piece.partition("m")[0])]
        for piece in path.split("M")[1:]
    ]


def lines(picture):
    """The points of each series that is drawn, piece by piece."""
    solid = [path for path in elements(picture, "path") if path.get("stroke-width") == "1.75"]
    return [points(path.get("d")) for path in solid]


def ticks(picture, vertical):
    """Where the labels of an axis are, by their numbers."""
    found = {}
    for element in elements(picture, "text"):
        if element.get("text-anchor") == ("end" if vertical else "middle") and element.text[-1].isdigit():
            found[float(element.text)] = float(element.get("y")) - 4 if vertical else float(element.get("x"))
    return found


def between(ticks, number, log=False):
    """Where a number is on an axis, by its first and last tick."""
    (a, start), (b, end) = min(ticks.items()), max(ticks.items())
    if log:
        a, b, number = math.log10(a), math.log10(b), math.log10(number)
    return start + (number - a) / (b - a) * (end - start)


def network():
    """Two relus, of which the second is dead for positive inputs, and a sum."""
    model = MLP(1, [2, 1], seed=0)
    for neuron, weights in zip(model.layers[0].neurons, ([2.0], [-1.0]), strict=True):
        neuron.w[0].data = weights[0]
    for weight, number in zip(model.layers[1].neurons[0].w, (0.5, 3.0), strict=True):
        weight.data = number
    return model


def noise(count, seed=0):
    rng = random.Random(seed)
    return [rng.uniform(-1, 1) for _ in range(count)]


PICTURES = {
    "curve": lambda: loss_curve([1 / (i + 1) for i in range(100)]),
    "constant": lambda: loss_curve([0.5] * 9),
    "one loss": lambda: loss_curve([0.25]),
    "gaps": lambda: loss_curve([1.0, NAN, 0.5, INF, -INF, 0.2], validation=[NAN] * 6),
    "huge": lambda: loss_curve([-1e308, 1e308, 0.0]),
    "decades": lambda: loss_curve([10.0 ** (300 - 6 * i) for i in range(100)]),
    "ten series": lambda: loss_curve({f"series {k}": [1.0, 0.5 + 1e-4 * k] for k in range(10)}),
    "long names": lambda: loss_curve({"n" * 99: [1.0], "m" * 99: [2.0]}, title="t" * 99),
    "boundary": lambda: decision_boundary(lambda x: x[0] - x[1], [[0.0, 1.0], [1.0, 0.0]], [1, 1]),
    "one point": lambda: decision_boundary(lambda x: x[0], [[3.0, 4.0]], [1]),
    "ten classes": lambda: decision_boundary(
        lambda x: [-abs(x[0] - k) for k in range(10)], [[k, 1e6 * k] for k in range(10)], list(range(10))
    ),
    "histograms": lambda: histograms({"a": noise(500), "b": [0.0] * 9, "c": [NAN, INF, 1], "d": [NAN]}),
    "huge numbers": lambda: histograms({"n" * 99: [-1e308, 1e308]}),
    "wide letters": lambda: loss_curve({"损失" * 20: [1.0], "b": [2.0]}, title="损失" * 40),
    "ends of floats": lambda: decision_boundary(lambda x: x[0], [[MOST, -MOST], [-MOST, MOST]], [1, 0]),
    "greatest floats": lambda: histograms({"a": [-MOST] * 3 + [MOST]}),
    "least floats": lambda: loss_curve([5e-324, 5e-324], log=True),
    "great weights": lambda: weight_map(scaled(Layer(3, 3), 1e308)),
    "six layers": lambda: weight_map(MLP(2, [8, 8, 8, 8, 8, 1], seed=1)),
    "wide layer": lambda: weight_map(Layer(100, 30)),
    "tiny weights": lambda: weight_map(scaled(Layer(8, 4), -1.2345e-5)),
}  # fmt: skip


def scaled(layer, factor):
    for parameter in layer.parameters():
        parameter.data *= factor
    return layer


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_xml_whose_labels_stay_on_it_and_apart(name):
    picture = PICTURES[name]()
    root = ElementTree.fromstring(picture.svg)
    found = list(boxes(picture))
    for text, left, top, right, bottom in found:
        assert left >= 0, text
        assert top >= 0, text
        assert right <= float(root.get("width")) == 480, text
        assert bottom <= float(root.get("height")), text
    for (a, *p), (b, *q) in combinations(found, 2):
        apart = p[2] <= q[0] or q[2] <= p[0] or p[3] <= q[1] or q[3] <= p[1]
        assert apart, (a, b)


@pytest.mark.parametrize("name", PICTURES)
def test_a_notebook_shows_the_picture_and_a_terminal_its_text(name):
    picture = PICTURES[name]()
    shown = picture._repr_mimebundle_()
    assert picture.svg == b64decode(shown["text/html"].split("base64,")[1].split('"')[0]).decode()
    assert shown["text/plain"] == str(picture)
    assert len(str(picture).splitlines()) > 1


def test_pictures_are_the_same_bytes_in_every_process():
    code = (
        "import json, test_charts as t;"
        "t.random.seed(1);"  # of the weights of layers
        "print(json.dumps([p().svg for p in t.PICTURES.values()]))"
    )
    runs = [
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True, text=True, check=True, cwd=__file__.rpartition("/")[0],
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    ]  # fmt: skip
    assert runs[0] == runs[1]
    random.seed(1)
    assert json.loads(runs[0]) == [picture().svg for picture in PICTURES.values()]


def test_hostile_names_stay_text():
    name = '</svg><script>"&\x00\ud800'
    for picture in (loss_curve({name: [1.0], "b": [2.0]}, title=name), histograms({name: [1.0]}, title=name)):
        assert "<script" not in picture.svg
        assert any("</svg>" in text for text in texts(picture))


# Axes


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.0, 1.0, ["0", "0.2", "0.4", "0.6", "0.8", "1"]),
        (-3.0, 11.0, ["0", "5", "10"]),
        (0.0, 5e-7, ["0", "1e-7", "2e-7", "3e-7", "4e-7", "5e-7"]),
        (1e6, 1e6 + 0.3, [f"1000000{part}" for part in ("", ".05", ".1", ".15", ".2", ".25", ".3")]),
        (-1.7e308, 1.7e308, ["-1e308", "0", "1e308"]),
    ],
)
def test_ticks_are_round_numbers_inside_the_range(low, high, expected):
    assert charts.tick_labels(charts.Axis(low, high, 0, 1).ticks()) == expected


def test_a_log_axis_has_a_tick_each_decade_or_each_few():
    ticks = charts.Axis(0.002, 300.0, 0, 1, log=True).ticks()
    assert ticks == [0.01, 0.1, 1.0, 10.0, 100.0]
    wide = charts.Axis(5e-324, 1.7e308, 0, 1, log=True).ticks()
    assert wide == [1e-200, 1.0, 1e200]


def test_thinning_keeps_the_extremes_the_ends_and_what_is_not_finite():
    numbers = noise(10_000)
    numbers[1234], numbers[5678], numbers[4000] = 50.0, -50.0, NAN
    kept = charts.thinned(numbers)
    assert len(kept) <= 403
    assert {0, 1234, 4000, 5678, 9_999} <= set(kept)
    assert kept == sorted(kept)
    assert charts.thinned(numbers[:400]) == list(range(400))


def test_lines_of_text_are_spread_as_little_as_needed():
    assert charts.spread([10.0, 100.0], 0, 200) == [10.0, 100.0]
    assert charts.spread([50.0, 40.0, 41.0], 0, 200) == [72.0, 40.0, 56.0]
    assert charts.spread([199.0, 198.0], 0, 200) == [200.0, 184.0]


@pytest.mark.parametrize("colours", [1, 2, 3, 4, 5, 16, 17, 256])
def test_a_png_has_the_colours_it_was_given(colours):
    rng = random.Random(colours)
    palette = [f"#{k:02x}{255 - k:02x}00{200 if k % 2 else 255:02x}" for k in range(colours)]
    rows = [[rng.choice(palette) for _ in range(13)] for _ in range(40)] + [(palette * 13)[:13]]
    assert decoded(charts.png_of(rows)) == rows


def test_a_png_larger_than_one_stored_block_decodes():
    rows = [[f"#{(i * k) % 251:02x}0000ff" for k in range(400)] for i in range(400)]
    assert decoded(charts.png_of(rows)) == rows


# The loss curve


def test_a_loss_is_drawn_at_its_step_and_height():
    losses = [3.0, 1.25, 0.5, 2.0]
    picture = loss_curve(losses)
    [[drawn]] = lines(picture)
    across, up = ticks(picture, vertical=False), ticks(picture, vertical=True)
    for step, (x, y) in enumerate(drawn):
        assert x == pytest.approx(between(across, step), abs=0.1)
        assert y == pytest.approx(between(up, losses[step]), abs=0.1)


def test_losses_over_two_decades_are_drawn_on_a_log_axis():
    losses = [1000.0, 30.0, 1.0, 0.02]
    picture = loss_curve(losses)
    [[drawn]] = lines(picture)
    up = ticks(picture, vertical=True)
    for loss, (_, y) in zip(losses, drawn, strict=True):
        assert y == pytest.approx(between(up, loss, log=True), abs=0.1)
    assert "log axis" in texts(picture)


@pytest.mark.parametrize(
    ("losses", "log", "expected"),
    [
        ([1.0, 0.009], None, True),
        ([1.0, 0.02], None, False),
        ([1.0, 0.02], True, True),
        ([1.0, 0.0], None, False),
        ([1.0, -0.001], None, False),
        ([1e300, 1e-300], False, False),
        ([NAN, INF], True, False),
    ],
)
def test_the_axis_is_logarithmic_for_positive_losses_over_two_decades_or_by_request(losses, log, expected):
    assert loss_curve(losses, log=log).log is expected


def test_the_last_finite_loss_is_written_at_the_end_of_each_line():
    picture = loss_curve([2.0, 1.0, 0.123456], validation=[2.0, 1.5, NAN])
    written = {element.text: float(element.get("y")) for element in elements(picture, "text")}
    [[train], [validation]] = lines(picture)
    assert written["train 0.1235"] == pytest.approx(train[-1][1] + 4, abs=0.1)
    assert written["validation 1.5"] == pytest.approx(validation[-1][1] + 4, abs=0.1)


def test_what_is_not_finite_is_a_gap_under_a_cross():
    picture = loss_curve([4.0, 3.0, NAN, 2.0, INF, INF, 1.0, 1.0])
    [pieces] = lines(picture)
    assert [len(piece) for piece in pieces] == [2, 1, 2]
    [crosses] = [path.get("d") for path in elements(picture, "path") if path.get("stroke-width") == "1.5"]
    across = ticks(picture, vertical=False)
    places = sorted(float(x) + 3 for x in re.findall(r"M([\d.]+) [\d.]+l6 6", crosses))
    assert places == pytest.approx([between(across, step) for step in (2, 4, 5)], abs=0.1)
    assert "3 not finite, the first at step 2" in texts(picture)


def test_many_losses_take_few_bytes_and_keep_their_extremes():
    losses = [2 + x for x in noise(50_000)]
    losses[30_000] = 40.0
    picture = loss_curve(losses)
    [[drawn]] = lines(picture)
    assert len(drawn) <= 402
    assert min(y for _, y in drawn) == pytest.approx(between(ticks(picture, vertical=True), 40.0), abs=0.1)
    assert len(picture.svg) < 8_000
    assert len(loss_curve(losses[:100]).svg) < 3_200


def test_an_axis_counts_what_it_is_told_to_count():
    picture = loss_curve([4.0, 3.0, 2.0, 1.0], axis="doublings", start=60, stride=20, log=False)
    across = ticks(picture, vertical=False)
    [[drawn]] = lines(picture)
    assert "doublings" in texts(picture)
    assert [x for x, _ in drawn] == pytest.approx([between(across, x) for x in (60, 80, 100, 120)], abs=0.1)
    assert str(picture).endswith("1 at doublings 120")
    assert "1 not finite, the first at day 7.5" in texts(
        loss_curve([1.0, NAN], axis="day", start=7, stride=0.5)
    )
    with pytest.raises(ValueError, match="expected a stride above 0 and a finite start, got 0 and 0"):
        loss_curve([1.0], stride=0)


def test_series_are_told_apart_by_colour_or_dash():
    picture = loss_curve({str(k): [1.0, 2.0] for k in range(16)})
    looks = {
        (path.get("stroke"), path.get("stroke-dasharray"))
        for path in elements(picture, "path")
        if path.get("stroke-width") == "1.75"
    }
    assert len(looks) == 16
    assert len({colour for colour, _ in looks}) == len(SERIES)


def test_losses_may_be_values_and_the_picture_keeps_their_numbers():
    loss = Value(2.0)
    picture = loss_curve([loss, Value(1.0)])
    before = picture.svg
    loss.data = 9.0
    assert picture.svg == before == loss_curve([2.0, 1.0]).svg


def test_losses_that_cannot_be_drawn_are_refused():
    with pytest.raises(ValueError, match="loss_curve: loss is empty; expected at least one number"):
        loss_curve([])
    with pytest.raises(ValueError, match="loss_curve: losses is empty"):
        loss_curve({})
    with pytest.raises(ValueError, match=r"log=True with a loss of 0\.0; use log=False"):
        loss_curve([1.0, 0.0], log=True)
    with pytest.raises(ValueError, match="validation is given twice"):
        loss_curve({"validation": [1.0]}, validation=[1.0])
    with pytest.raises(TypeError, match=r"loss_curve: loss\[1\]: expected a number, got list"):
        loss_curve([1.0, [2.0]])


# The decision boundary


def test_the_background_is_what_the_model_says_at_each_cell():
    X = [[0.0, 0.0], [10.0, 5.0]]
    picture = decision_boundary(lambda x: x[0] - 4 * x[1], X, [0, 1], resolution=20)
    [rows] = images(picture)
    assert len(rows) == 20
    width, height = 11.6 / 20, 5.8 / 20  # with the margin of 8 % on either side
    for i, row in enumerate(rows):
        for k, colour in enumerate(row):
            a, b = -0.8 + (k + 0.5) * width, 5.4 - (i + 0.5) * height
            assert colour == CLASSES[a - 4 * b > 0][0] + "66"


def test_the_greatest_score_decides_and_nan_for_nobody():
    def model(x):
        return [NAN if x[1] > 2 else 0.0, Value(x[0]), x[1]]

    picture = decision_boundary(model, [[-1.0, -1.0], [1.0, 0.0], [0.0, 1.0], [0.0, 3.0]], [0, 1, 2, 2])
    assert picture.predicted == [0, 1, 2, None]
    assert picture.names == ["0", "1", "2"]
    assert "#00000000" in images(picture)[0][0]
    assert texts(picture)[0] == "accuracy 75 %: 3 of 4 (blank: not a number)"


def test_samples_have_the_shape_of_their_class_and_a_ring_if_wrong():
    X = [[0.0, 0.0], [1.0, 0.0], [2.0, 0.0], [3.0, 1.0]]
    picture = decision_boundary(lambda x: x[0] - 1.5, X, [-1, 1, 1, 1])
    across, up = ticks(picture, vertical=False), ticks(picture, vertical=True)
    paths = [path.get("d") for path in elements(picture, "path")]
    squares = [path for path in paths if path.endswith(CLASSES[0][1])]
    discs = [path for path in paths if path.endswith(CLASSES[1][1])]
    assert [path.count("M") for path in squares] == [1, 1]  # one in the legend, one among the samples
    assert [path.count("M") for path in discs] == [1, 3]
    drawn = [points(path)[0][0] for path in re.split("(?=M)", squares[1] + discs[1]) if path]
    for (x, y), (a, b) in zip(drawn, X, strict=True):
        assert x == pytest.approx(between(across, a), abs=0.1)
        assert y == pytest.approx(between(up, b), abs=0.1)
    _, rings = [path for path in paths if path.endswith(RING)]
    [[x, y]] = re.findall(r"M([\d.]+) ([\d.]+)", rings)
    assert float(x) == pytest.approx(between(across, 1.0), abs=0.1)
    assert float(y) == pytest.approx(between(up, 0.0), abs=0.1)
    assert picture.accuracy == 0.75
    assert picture.title == "accuracy 75 %: 3 of 4"
    assert "1 wrong" in texts(picture)


def test_the_model_is_evaluated_without_a_graph_and_stays_as_it_is():
    model = MLP(2, [4, 1], seed=1)
    seen = []

    def watched(x):
        seen.append(model(x))
        return seen[-1]

    before = [parameter.data for parameter in model.parameters()]
    decision_boundary(watched, [[0.0, 1.0], [1.0, 0.0]], [0, 1], resolution=3)
    assert len(seen) == 2 + 9
    assert not any(output.parents for output in seen)
    assert [parameter.data for parameter in model.parameters()] == before


def test_the_boundary_in_a_terminal_is_a_grid_of_characters():
    shown = str(decision_boundary(lambda x: x[0], [[-1.0, 0.0], [1.0, 0.0], [1.0, 1.0]], [-1, 1, -1]))
    rows = shown.splitlines()[1:-1]
    assert {len(row) for row in rows} == {48}
    assert all(set(row[:24]) <= set(" A") and set(row[24:]) <= set(".Bx") for row in rows)
    assert [shown.count(letter) for letter in "ABx"] == [2, 2, 2]  # in the grid once, and in the last line


def test_samples_that_cannot_be_drawn_are_refused_with_the_way_out():
    def sign(x):
        return x[0]

    def refused(pattern, *arguments, **options):
        with pytest.raises(ValueError, match=pattern):
            decision_boundary(*arguments, **options)

    refused(r"X\[1\] has 3 numbers; expected rows of 2.*lambda x", sign, [[0, 0], [1, 2, 3]], [0, 1])
    refused(r"X\[0\] has float; expected rows of 2", sign, [1.0], [0])
    refused("2 rows in X and 1 classes in y", sign, [[0, 0], [1, 1]], [0])
    refused("0 rows in X", sign, [], [])
    refused(r"X\[0\] is \(nan, 0.0\)", sign, [[NAN, 0]], [0])
    refused(r"y\[0\] is 2; the model decides by a sign, so number the classes 0, 1", sign, [[0, 0]], [2])
    refused(r"y\[1\] is 0; .* so number the classes -1, 1", sign, [[0, 0]] * 2, [-1, 0])
    refused(r"y\[0\] is 'a'; .* one of the 3 scores", lambda x: [0, 1, 2], [[0, 0]], ["a"])
    refused("at least 2 cells, got 1", sign, [[0, 0]], [0], resolution=1)


# Histograms


def test_a_histogram_says_what_is_to_be_known_of_its_numbers():
    picture = histograms({"layer": [0.0, 0.0, 1.0, -2.0, 3.0, NAN, INF, -INF]})
    group = picture.groups["layer"]
    assert group.mean == pytest.approx(0.4)
    assert group.deviation == pytest.approx(math.sqrt(sum((x - 0.4) ** 2 for x in (0, 0, 1, -2, 3)) / 5))
    said = {"mean 0.4 std 1.62", "n = 8, 25 % zero", "1 nan, 2 inf"}
    assert {"layer", *said, "-2", "3"} <= set(texts(picture))
    assert "mean 0.4 std 1.62, n = 8, 25 % zero, 1 nan, 2 inf" in str(picture)


def test_bars_are_as_high_as_their_bins_are_full():
    numbers = [0.5] * 10 + [1.5] * 5 + [30.5]
    picture = histograms({"x": numbers})
    [bars] = [path.get("d") for path in elements(picture, "path") if path.get("fill")]
    heights = [float(height) for height in re.findall(r"v-([\d.]+)", bars)]
    assert [height / heights[0] for height in heights] == pytest.approx([1, 0.5, 0.1], abs=0.01)


def test_exact_zeros_are_a_bar_of_their_own_that_does_not_dwarf_the_others():
    picture = histograms({"x": [0.0] * 10_000 + [1.0] * 10 + [2.0] * 5})
    zeros, others = (path.get("d") for path in elements(picture, "path") if path.get("fill"))
    [tallest] = re.findall(r"v-([\d.]+)", zeros)
    assert float(tallest) == 46
    assert re.findall(r"v-([\d.]+)", others) == ["40", "20"]


def test_gradients_are_grouped_by_layer():
    model = MLP(2, [3, 2, 1], seed=1)
    with pytest.raises(ValueError, match="gradient_histograms: no parameter has a gradient yet"):
        gradient_histograms(model)
    model([1.0, -2.0]).backward()
    groups = gradient_histograms(model).groups
    assert {name: len(group.numbers) for name, group in groups.items()} == {
        "layer 0": 9, "layer 1": 8, "layer 2": 3
    }  # fmt: skip
    assert groups["layer 1"].numbers == [p.grad for p in model.layers[1].parameters()]


def test_a_relu_that_is_zero_for_every_sample_is_dead():
    groups = activation_histograms(network(), [[1.0], [2.0], [0.0]]).groups
    assert groups["layer 0"].numbers == [2.0, 0.0, 4.0, 0.0, 0.0, 0.0]
    assert groups["layer 0"].note == "1 of 2 dead"
    assert groups["layer 1"].numbers == [1.0, 2.0, 0.0]
    assert groups["layer 1"].note == "0 of 1 dead"


class Residual(Module):
    """A model with a way of its own through layers that are attributes."""

    def __init__(self):
        self.inner = Layer(1, 1, activation="relu")
        self.outer = Layer(1, 1, nonlin=False)
        self.inner.neurons[0].w[0].data = 2.0
        self.outer.neurons[0].w[0].data = 3.0

    def __call__(self, x):
        return self.outer([self.inner(x) + x[0]])


def test_activations_are_those_of_the_models_own_call():
    model = Residual()
    parts = dict(vars(model))
    groups = activation_histograms(model, [[1.0], [2.0]]).groups
    assert groups["inner"].numbers == [2.0, 4.0]
    assert groups["outer"].numbers == [9.0, 18.0]
    assert vars(model) == parts


def test_what_has_no_histogram_is_refused():
    with pytest.raises(ValueError, match="at least one group of numbers, got none"):
        histograms({})
    with pytest.raises(ValueError, match="histograms: b is empty"):
        histograms({"a": [1.0], "b": []})
    with pytest.raises(ValueError, match="activation_histograms: layer 0 gave nothing; expected"):
        activation_histograms(network(), [])
    for picture in (gradient_histograms, weight_map):
        with pytest.raises(TypeError, match=f"{picture.__name__}: expected a layer, or a model.*got int"):
            picture(3)


# The weight map


def test_weights_are_cells_by_neuron_and_input_with_the_bias_apart():
    layer = Layer(2, 2)
    numbers = [[1.0, -2.0, 0.5], [0.0, 4.0, NAN]]
    for neuron, row in zip(layer.neurons, numbers, strict=True):
        for parameter, number in zip((*neuron.w, neuron.b), row, strict=True):
            parameter.data = number
    picture = weight_map(layer)
    weights, biases, _ = images(picture)
    assert weights == [[f"{heat(x / 4)}ff" for x in row[:2]] for row in numbers]
    assert biases == [[f"{heat(0.12)}ff"], ["#5f6368ff"]]  # of 201 steps of colour
    assert "Layer: 2 x 2, greatest 4, 1 not finite" in texts(picture)
    assert {"1", "-2", "0.5", "0", "4", "nan", "w0", "w1", "b"} <= set(texts(picture))


def test_many_weights_are_cells_without_numbers():
    layer = Layer(30, 20)
    picture = weight_map(layer)
    assert len(images(picture)[0]) == 20
    assert "w0" not in texts(picture)
    assert "… 12 more neurons" in str(picture)


def test_a_map_of_gradients_shows_gradients():
    model = network()
    with pytest.raises(ValueError, match="weight_map: no parameter has a gradient yet"):
        weight_map(model, gradient=True)
    model([3.0]).backward()
    picture = weight_map(model, gradient=True)
    assert picture.layers == {"layer 0": [[1.5, 0.5], [0.0, 0.0]], "layer 1": [[6.0, 0.0, 1.0]]}
    assert picture.title == "gradients"


# matplotlib

# Numbers in whose differences matplotlib overflows.
TOO_LARGE = {
    "decades",
    "huge",
    "huge numbers",
    "ends of floats",
    "greatest floats",
    "least floats",
    "great weights",
}


def test_without_matplotlib_a_figure_is_refused_with_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    for picture in PICTURES.values():
        with pytest.raises(ImportError, match=r'not installed; pip install "autograd-lite\[plot\]"'):
            picture().figure()


@pytest.mark.parametrize("name", sorted(set(PICTURES) - TOO_LARGE))
def test_a_figure_has_axes_with_the_same_numbers(name):
    pytest.importorskip("matplotlib")
    picture = PICTURES[name]()
    figure = picture.figure()
    figure.canvas.draw()
    said = [axes.get_title() + axes.get_title("left") for axes in figure.axes] + [figure.get_suptitle()]
    assert any(picture.title.partition(" (")[0] in text for text in said)


# --- descent


def bowl(x, y):
    return x**2 + 4 * y**2


def test_a_path_stands_where_its_places_are() -> None:
    picture = descent(bowl, {"walk": [(0.0, 0.0), (10.0, 5.0)]}, span=(0.0, 10.0, 0.0, 5.0))
    tree = ElementTree.fromstring(picture.svg)
    (line,) = [p for p in tree.iter("{http://www.w3.org/2000/svg}path") if p.get("stroke-width") == "1.5"]
    (start, end) = [tuple(map(float, pair)) for pair in re.findall(r"([\d.]+) ([\d.]+)", line.get("d"))]
    (image,) = tree.iter("{http://www.w3.org/2000/svg}image")
    x, y, w, h = (float(image.get(name)) for name in ("x", "y", "width", "height"))
    assert start == pytest.approx((x, y + h), abs=0.1)
    assert end == pytest.approx((x + w, y), abs=0.1)


def test_levels_rise_with_the_function_and_ends_are_told() -> None:
    picture = descent(bowl, {"a": [(3.0, 2.0), (1.0, 0.5)], "b": [(-3.0, -2.0)]}, resolution=20)
    middle = picture.grid[10][10]
    assert middle == min(k for row in picture.grid for k in row)
    assert picture.grid[0][0] == max(k for row in picture.grid for k in row)
    assert picture.ends == {"a": 2.0, "b": 25.0}
    assert str(picture).splitlines()[1] == "a: (3, 2) to (1, 0.5) in 1 steps, 2 there"
    nowhere = descent(lambda x, y: log(x), {"a": [(-1.0, 0.0), (1.0, 1.0)]})
    assert any(None in row for row in nowhere.grid)
    ElementTree.fromstring(nowhere.svg)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (({},), "expected paths by name"),
        (({"a": []},), "expected paths by name"),
        (({"a": [(1.0, 2.0, 3.0)]},), r"expected pairs of numbers in the path 'a', got \(1.0, 2.0, 3.0\)"),
        (({"a": [(math.nan, 1.0)]},), "give a span"),
    ],
)
def test_paths_that_cannot_be_drawn_are_refused(arguments: tuple, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        descent(bowl, *arguments)
    with pytest.raises(ValueError, match="expected a span of low, high, low, high"):
        descent(bowl, {"a": [(0.0, 0.0)]}, span=(1.0, 0.0, 0.0, 1.0))
