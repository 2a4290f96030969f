"""draw: what is on a picture and where, that it is a snapshot, and that its bytes are the same everywhere."""

import itertools
import math
import os
import random
import re
import shutil
import subprocess
import sys
from base64 import b64decode
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from xml.etree import ElementTree

import pytest
from expressions import program

from autograd_lite import (
    Value,
    custom_gradient,
    dot,
    draw,
    explain,
    fsum,
    no_grad,
    primitive,
    scope,
    trace,
)
from autograd_lite.functions import FUNCTIONS
from autograd_lite.nn import MLP, Dropout, Layer, Module, Neuron, Sequential
from autograd_lite.see.drawing import Drawing
from autograd_lite.see.layout import Layout
from autograd_lite.see.level import _spread
from autograd_lite.see.shapes import Box, Card, Wire
from autograd_lite.see.svg import COLOURS, STRIP_INK, clipped, figure, heat

SVG = "{http://www.w3.org/2000/svg}"


def neuron() -> Value:
    """The neuron of the lecture, with its gradients."""
    x1, x2 = Value(2.0, label="x1"), Value(0.0, label="x2")
    w1, w2 = Value(-3.0, label="w1"), Value(1.0, label="w2")
    b = Value(6.8813735870195432, label="b")
    o = (x1 * w1 + x2 * w2 + b).tanh()
    o.label = "o"
    o.backward()
    return o


def network(*sizes: int) -> Value:
    x = [Value(1.0, label="x0"), Value(-2.0, label="x1")]
    loss = (MLP(2, [*sizes, 1], seed=1)(x) - 1.0) ** 2
    loss.backward()
    return loss


def scoped_root(seed: int) -> Value:
    """A random expression whose steps are in random scopes, which come back after others."""
    rng = random.Random(seed)
    paths = [("a",), ("a", "b"), ("c",), ("c", "d", "e"), ()]

    def call(name: str, *operands):
        with ExitStack() as blocks:
            for part in rng.choice(paths):
                blocks.enter_context(scope(part))
            return FUNCTIONS[name](*operands)

    made = program(seed)
    return made.run(call, *map(Value, made.at))


def texts(svg: str) -> list[str]:
    return [element.text or "" for element in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def inside(inner, outer, room: float = 0.0) -> bool:
    return (
        inner.x >= outer.x - room
        and inner.y >= outer.y - room
        and inner.x + inner.width <= outer.x + outer.width + room
        and inner.y + inner.height <= outer.y + outer.height + room
    )


def apart(a, b) -> bool:
    return (
        a.x + a.width <= b.x or b.x + b.width <= a.x or a.y + a.height <= b.y or b.y + b.height <= a.y
    )  # fmt: skip


def check_layout(drawing: Drawing) -> None:
    """No card overlaps another, boxes nest, and every wire goes from its card to the slot of the other."""
    painting, faces = drawing._painting, drawing._scene.faces
    layout, cards = painting.layout, painting.cards
    around = {item: box for box in layout.boxes for item in box.items}
    for box in layout.boxes:
        assert all(inside(item, box) for item in box.items)
        assert all(apart(a, b) for a, b in itertools.combinations(box.items, 2))
    outer = [item for item in [*cards, *layout.boxes] if item not in around]
    assert all(apart(a, b) for a, b in itertools.combinations(outer, 2))
    assert all(item.x >= 0 and item.x + item.width <= layout.width for item in outer)
    assert all(item.y >= 0 and item.y + item.height <= layout.height for item in outer)
    across = layout.across
    for face, card, wires in zip(faces, cards, painting.wires, strict=True):
        names = []
        box = around.get(card)
        while box is not None:
            names.append(box.title)
            box = around.get(box)
        assert names[::-1] == [clipped(name, 40) for name, _ in face.path]
        ends = []
        for wire, x in zip(wires, face.operands, strict=True):
            route = layout.route(wire)
            source = cards[x]
            start, end = route[0][:2], route[-1][2:]
            assert all(a[2:] == b[:2] for a, b in itertools.pairwise(route))
            if across:
                assert start == (source.x + source.width / 2, source.y + source.height)
                assert end[1] == card.y
                assert card.x < end[0] < card.x + card.width
                assert all(a[3] >= a[1] for a in route)
            else:
                assert start == (source.x + source.width, source.y + source.height / 2)
                assert end[0] == card.x
                assert card.y < end[1] < card.y + card.height
                assert all(a[2] >= a[0] for a in route)  # no wire goes back
            ends.append(end[0] if across else end[1])
        assert ends == sorted(ends)  # operands in order


@pytest.mark.parametrize("direction", ["LR", "TB"])
@pytest.mark.parametrize("seed", range(25))
def test_cards_do_not_overlap_and_wires_meet_them(seed: int, direction: str) -> None:
    root = scoped_root(seed)
    drawing = draw(root, direction=direction)
    check_layout(drawing)
    tree = ElementTree.fromstring(drawing.svg)
    assert float(tree.get("width")) == drawing.width


def test_every_node_is_on_one_card_whatever_is_left_out() -> None:
    loss = network(8, 8)
    for options in (
        {}, {"collapse": False}, {"collapse": True}, {"collapse": 0}, {"collapse": 1}, {"max_nodes": 2},
        {"max_nodes": 20}, {"collapse": lambda path: path[-1] == "neuron 3"}, {"collapse": 1, "merge": False},
    ):  # fmt: skip
        drawing = draw(loss, **options)
        members = Counter(i for face in drawing._scene.faces for i in face.members)
        assert set(members) == set(range(len(drawing._scene.nodes)))
        assert max(members.values()) == 1
        check_layout(drawing)


def test_a_card_has_name_operation_number_and_gradient() -> None:
    svg = draw(neuron()).svg
    written = texts(svg)
    for name, data, gradient in (
        ("x1", "2.0000", "−1.5000"), ("w1", "−3.0000", "1.0000"), ("o", "0.7071", "1.0000"),
    ):  # fmt: skip
        at = written.index(name)
        card = written[at : at + 5]
        assert data in card
        assert gradient in card
    assert written.count("×") == 2
    assert written.count("+") == 2
    assert "tanh" in written
    titles = [title.text for title in ElementTree.fromstring(svg).iter(f"{SVG}title")]
    assert "o = tanh(v8)\ndata 0.7071067811865477\ngrad 1.0" in titles


def test_gradients_are_absent_until_they_are_computed_and_then_zero_is_shown() -> None:
    a = Value(2.0, label="a")
    b = a * 0.0
    before = draw(b).svg
    assert "∂" not in texts(before)
    assert "gradients: not computed; call backward() first" in texts(before)
    b.backward()
    after = texts(draw(b).svg)
    assert after.count("∂") == 2
    assert "0.0000" in after
    assert not any("not computed" in line for line in after)


def test_partials_stand_on_the_wires_of_small_graphs() -> None:
    a, b = Value(2.0), Value(-3.0)
    picture = texts(draw((a * b - a / 4.0) ** 2).svg)
    for partial in ("−3", "2", "1", "−1", "0.25", "−13"):
        assert partial in picture
    assert "−13" not in texts(draw((a * b - a / 4.0) ** 2, show=("data",)).svg)
    large = draw(network(6, 6))
    assert not any(large._painting._locals(face) for face in large._scene.faces)


def test_the_partial_by_a_constant_is_not_evaluated() -> None:
    square = Value(-3.0) ** 2
    assert "nan" not in "".join(texts(draw(square).svg))


def test_an_operand_used_twice_has_two_wires() -> None:
    a = Value(1.0)
    assert draw(a + a)._scene.faces[1].operands == [0, 0]
    check_layout(draw(a + a))


def test_kinds_of_node_differ_in_more_than_colour() -> None:
    root = MLP(1, [1], seed=1)([Value(1.0, label="x")]) * 2.0
    faces = {face.kind: face for face in draw(root)._scene.faces}
    assert set(faces) == {"input", "parameter", "op", "constant"}
    shapes = {}
    tree = ElementTree.fromstring(draw(root, theme="light").svg)
    for group in tree.iter(f"{SVG}g"):
        rects = group.findall(f"{SVG}rect")
        if rects:
            label = (group.find(f"{SVG}text")).text
            shape = [(r.get("rx"), r.get("stroke-width"), r.get("stroke-dasharray")) for r in rects]
            shapes[label] = shape
    kinds = [str(shapes[label]) for label in ("x", "w0", "2", "v3", "v4")]
    assert len(set(kinds)) == 5


def test_the_factor_one_of_a_bias_is_not_drawn_and_dots_expand() -> None:
    root = MLP(2, [1], seed=1)([Value(1.0), Value(2.0)])
    plain = draw(root)._scene
    assert [face.kind for face in plain.faces].count("constant") == 0
    grown = draw(root, expand=True)._scene
    assert Counter(node.op.name for node in grown.nodes if node.op) == {"mul": 2, "add": 2}
    assert grown.nodes[-1].data == root.data
    check_layout(draw(root, expand=True))
    assert draw(dot([root, 2.0], [3.0, root]), expand=True)._scene.nodes[-1].data == pytest.approx(
        5 * root.data
    )


def test_an_expanded_dot_has_the_gradients_of_its_parts() -> None:
    xs, ys = [Value(2.0), Value(3.0), Value(4.0)], [Value(5.0), Value(6.0), Value(7.0)]
    root = dot(xs, ys) ** 2
    root.backward()
    nodes = draw(root, expand=True)._scene.nodes
    assert {node.gradient for node in nodes if node.op and node.op.name in ("mul", "add")} == {2 * 56.0}
    assert [n.data for n in nodes if n.op and n.op.name == "add"] == [28.0, 56.0]


def test_scopes_are_boxes_also_in_a_loop_through_the_same_ones() -> None:
    model = MLP(1, [2, 1], seed=1)
    x = Value(0.3, label="x")
    for _ in range(3):
        x = model([x])
    drawing = draw(x)
    check_layout(drawing)
    titles = [box.title.rstrip() for box in drawing._painting.layout.boxes]
    assert titles.count("layer 0") == 3
    assert titles.count("layer 1") == 3


def test_a_large_network_is_closed_and_merged_and_says_so() -> None:
    drawing = draw(network(16, 16))
    faces = drawing._scene.faces
    assert len(faces) < 12
    merged = [face for face in faces if face.alike == 16]
    assert [face.name for face in merged] == ["neuron", "neuron"]
    assert merged[0].symbol == "5 nodes, 3 parameters"
    assert "×16 alike" in texts(drawing.svg)
    assert f"406 nodes drawn as {len(faces)} cards; collapse=False draws every node" in texts(drawing.svg)
    assert "×16 alike" in str(drawing)
    assert len(draw(network(16, 16), collapse=False)._scene.faces) == 408  # with two constants


def test_merged_cards_show_the_range_of_their_numbers() -> None:
    root = fsum([Value(float(i), label=f"x{i}") ** 2 for i in range(200)])
    root.backward()
    drawing = draw(root)
    faces = drawing._scene.faces
    assert [(face.name, face.alike, face.data, face.gradient) for face in faces if face.kind == "input"] == [
        ("x0 … x199", 200, (0.0, 199.0), (0.0, 398.0))
    ]
    assert "0.0000 … 199.0000" in texts(drawing.svg)
    assert len(faces) == 4  # x, 2, **, fsum


def test_nodes_in_unlike_places_are_not_merged() -> None:
    xs = [Value(float(i)) for i in range(200)]
    root = fsum([x.exp() if i % 2 else x.sin().cos() for i, x in enumerate(xs)])
    faces = draw(root, max_nodes=10)._scene.faces
    counts = {face.symbol: face.alike for face in faces if face.kind == "op"}
    assert counts == {"exp": 100, "sin": 100, "cos": 100, "fsum": 1}


def test_chains_are_shortened() -> None:
    x = Value(0.5, label="x")
    y = x
    for _ in range(20_000):
        y = y.tanh()
    faces = draw(y)._scene.faces
    assert [face.name for face in faces[:2]] == ["x", "a chain of 19,999"]
    assert len(faces) == 3
    y = x
    for _ in range(1000):
        y = y * 0.9 + 0.1
    assert [face.kind for face in draw(y)._scene.faces] == ["input", "more", "constant", "op"]


def test_what_nothing_else_makes_smaller_is_cut_off_away_from_the_root() -> None:
    w, y = Value(0.9, label="w"), Value(0.5, label="x")
    for _ in range(2000):
        y = (y * w).sin()
    drawing = draw(y, max_nodes=50)
    faces = drawing._scene.faces
    assert len(faces) <= 50
    (more,) = [face for face in faces if face.kind == "more"]
    assert more.name == f"{len(drawing._scene.nodes) - len(faces) + 1:,} more"
    assert any(face.name == "w" for face in faces)  # an operand of what is shown
    check_layout(drawing)


def test_a_graph_of_many_nodes_is_drawn_whole_where_that_is_asked_for() -> None:
    y = Value(0.5)
    for _ in range(5_000):
        y = y.tanh()
    assert len(draw(y, collapse=False)._painting.cards) == 5001
    wide = fsum([Value(float(i), label=f"a{i}b") for i in range(2000)])
    assert draw(wide, collapse=False).svg.count("<rect") > 2000


def test_several_roots_and_models_are_drawn() -> None:
    x = Value(2.0, label="x")
    a, b = x.exp(), x.sin()
    faces = draw([a, b])._scene.faces
    assert [face.root for face in faces] == [False, True, True]
    for wrong, given in (([], "an empty list"), (3.0, "float"), ("x", "str"), (None, "NoneType")):
        with pytest.raises(
            TypeError, match=f"draw: expected a Value, a list of Values or a model, got {given}"
        ):
            draw(wrong)


def test_models_are_drawn_with_their_parameters_and_no_other_numbers() -> None:
    model = MLP(2, [2, 1], seed=1)
    for part, cards in ((model.layers[0].neurons[0], 7), (model.layers[0], 12), (model, 16)):
        drawing = draw(part)
        assert len(drawing._scene.faces) == cards
        shown = {face.kind for face in drawing._scene.faces if face.data is not None}
        assert shown == {"parameter"}
        assert "gradients: not computed" not in drawing.svg
        assert (
            draw(part).svg
            in b64decode(re.findall('base64,([^"]+)"', part._repr_mimebundle_()["text/html"])[0]).decode()
        )
    model.zero_grad()
    assert "∂" in draw(model).svg
    dropping = Sequential(Layer(2, 3), Dropout(0.5, seed=1), Layer(3, 1))
    before = dropping.layers[1]._rng.getstate()
    assert draw(dropping).svg == draw(dropping).svg
    assert dropping.layers[1]._rng.getstate() == before
    assert set(Sequential("tanh")._repr_mimebundle_()) == {"text/plain"}  # of any number of inputs


def test_values_without_a_graph_are_refused() -> None:
    with no_grad():
        y = Value(1.0) * 2
    with pytest.raises(RuntimeError, match="draw: this Value was computed under no_grad"):
        draw(y)
    assert set(y._repr_mimebundle_()) == {"text/plain"}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"direction": "UP"}, "direction: expected one of 'LR', 'TB', got 'UP'"),
        ({"engine": "neato"}, "engine: expected one of 'auto', 'dot', got 'neato'"),
        ({"theme": "blue"}, "theme: expected one of 'auto', 'light', 'dark', got 'blue'"),
        ({"show": "loss"}, "show: expected one of 'data', 'grad', 'local', got 'loss'"),
        ({"max_nodes": 1}, "max_nodes: expected a whole number of at least 2, got 1"),
        ({"collapse": "x"}, "collapse: expected None, True, False, a number of levels or .* got 'x'"),
        ({"collapse": -1}, "collapse: expected None, .* got -1"),
    ],
)
def test_options_that_are_none_are_refused(options: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        draw(Value(1.0), **options)


def test_a_picture_is_a_snapshot() -> None:
    o = neuron()
    drawing = draw(o)
    leaf = next(p for p in o.parents[0].parents if isinstance(p, Value) and p.label == "b")
    leaf.data = 100.0
    leaf.grad = 7.0
    assert "6.8814" in texts(drawing.svg)
    assert "100.0000" not in texts(drawing.svg)
    assert drawing.svg == draw(neuron()).svg


def test_a_notebook_shows_an_image_that_survives_where_it_is_not_trusted() -> None:
    bundle = neuron()._repr_mimebundle_()
    (data,) = re.findall(r'<img [^>]*src="data:image/svg\+xml;base64,([^"]+)"', bundle["text/html"])
    assert b64decode(data).decode() == draw(neuron()).svg
    assert bundle["text/plain"] == repr(neuron())
    assert draw(neuron())._repr_mimebundle_()["text/plain"].startswith("o tanh = 0.7071 gradient 1.0000\n")


def test_files_of_every_format(tmp_path: Path) -> None:
    drawing = draw(neuron())
    assert drawing.save(tmp_path / "x.svg").read_text() == drawing.svg
    page = drawing.save(str(tmp_path / "x.html")).read_text()
    assert drawing.svg in page
    assert "└─ b = 6.8814" in page
    assert drawing.save(tmp_path / "x.txt").read_text() == f"{drawing}\n"
    assert drawing.save(tmp_path / "x.dot").read_text() == drawing.dot
    assert drawing.save(tmp_path / "x.mmd").read_text().startswith("flowchart LR\n")
    with pytest.raises(ValueError, match=r"save: expected a name that ends in \.svg, .*got 'x.gif'"):
        drawing.save(tmp_path / "x.gif")
    if shutil.which("dot"):
        assert drawing.save(tmp_path / "x.pdf").read_bytes().startswith(b"%PDF")
        assert "<svg" in draw(neuron(), engine="dot").svg


def test_a_png_needs_no_font_of_the_machine(tmp_path: Path) -> None:
    pytest.importorskip("resvg_py", reason='needs the extra "png"')
    image = draw(neuron(), theme="light").save(tmp_path / "x.png").read_bytes()
    drawing = draw(neuron())
    assert image[:8] == b"\x89PNG\r\n\x1a\n"
    assert int.from_bytes(image[16:20], "big") == math.ceil(drawing.width)
    bare = draw(neuron(), show=())
    assert len(image) > len(bare.save(tmp_path / "y.png").read_bytes()) + 2000  # the texts are there


def test_without_the_extra_a_png_names_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "resvg_py", None)
    with pytest.raises(ImportError, match=r'pip install "autograd-lite\[png\]"'):
        draw(neuron()).save(tmp_path / "x.png")


def test_where_dot_is_missing_or_fails_the_built_in_layout_draws(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    drawing = draw(neuron(), engine="dot")
    with pytest.warns(RuntimeWarning, match="Drawn by the built-in layout instead"):
        assert drawing.svg == draw(neuron()).svg
    with pytest.raises(RuntimeError, match=r"apt install graphviz"):
        drawing.save(tmp_path / "x.pdf")
    program = tmp_path / "dot"
    program.write_text("#!/bin/sh\necho broken >&2\nexit 1\n")
    program.chmod(0o755)
    with pytest.raises(RuntimeError, match="`dot` failed: broken"):
        drawing.save(tmp_path / "x.pdf")


HOSTILE = '</script><b onerror="x">|{}&amp;\\l\n\t\u202e\x00\x1b\ud800 שלום 漢字 é' + "long " * 50


def test_hostile_labels_and_scopes_stay_text(tmp_path: Path) -> None:
    x = Value(1.0, label=HOSTILE)
    with scope(HOSTILE), scope('"];-->'):
        y = x * 2
    y.label = HOSTILE
    for direction in ("LR", "TB"):
        drawing = draw(y, direction=direction)
        tree = ElementTree.fromstring(drawing.svg)
        assert {element.tag for element in tree.iter()} <= {
            f"{SVG}{tag}" for tag in ("svg", "title", "style", "rect", "g", "text", "path")
        }
        assert any((t.text or "").startswith('</script><b onerror="x">') for t in tree.iter(f"{SVG}title"))
        check_layout(drawing)
    for form in ("svg", "html", "txt", "dot", "mmd"):
        drawing.save(tmp_path / f"x.{form}")
    assert "<b " not in drawing.mermaid
    assert "<b " not in (tmp_path / "x.html").read_text()
    if shutil.which("dot"):
        assert "&lt;/script&gt;" in draw(y, engine="dot").svg


def test_mermaid_text_is_balanced_and_has_every_wire() -> None:
    text = draw(network(2)).mermaid
    assert text.count("subgraph") == text.count("\nend")
    drawing = draw(network(2))
    assert text.count("-->") == sum(len(face.operands) for face in drawing._scene.faces)


@pytest.mark.parametrize("theme", [0, 1])
def test_text_stands_out_on_every_fill(theme: int) -> None:
    def luminance(colour: str) -> float:
        channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    def contrast(a: str, b: str) -> float:
        low, high = sorted((luminance(a), luminance(b)))
        return (high + 0.05) / (low + 0.05)

    for fill in ("paper", "box", "op", "input", "parameter", "constant"):
        for ink in ("ink", "muted"):
            assert contrast(COLOURS[ink][theme], COLOURS[fill][theme]) >= 4.5, (ink, fill)
    for k in range(-20, 21):  # WCAG's 4.5 for text of this size
        assert contrast(STRIP_INK, heat(k / 20)) >= 4.5


def test_figures_have_the_sign_of_typesetting_and_enough_digits() -> None:
    assert [figure(x) for x in (-6.0, 0.0, 1e-5, 123456.78, 1.5e7, math.inf, -math.inf, math.nan)] == [
        "−6.0000", "0.0000", "1e−05", "123456.7800", "1.5e+07", "inf", "−inf", "nan",
    ]  # fmt: skip


def test_infinite_and_undefined_gradients_are_drawn() -> None:
    x = Value(0.0, label="x")
    y = x.log() * Value(math.nan, label="n") + Value(math.inf)
    with pytest.warns(RuntimeWarning):
        y.backward()
    ElementTree.fromstring(draw(y).svg)


def test_wanted_places_are_met_where_distances_allow_and_by_least_squares_where_not() -> None:
    assert _spread([0.0, 10.0, 30.0], [1.0] * 3, [0.0, 5.0, 10.0]) == [0.0, 10.0, 30.0]
    # Two that want one place share the move by their weights: (w1 x1 + w2 (x2 - d)) / (w1 + w2).
    assert _spread([0.0, 0.0], [1.0, 3.0], [0.0, 8.0]) == [-6.0, 2.0]
    rng = random.Random(1)
    for _ in range(50):
        offsets = list(itertools.accumulate(rng.uniform(1, 5) for _ in range(6)))
        places = _spread(
            [rng.uniform(-20, 20) for _ in range(6)], [rng.uniform(0.1, 5) for _ in range(6)], offsets
        )
        for (a, x), (b, y) in itertools.pairwise(zip(offsets, places, strict=True)):
            assert y - x >= b - a - 1e-9


def test_the_wires_of_a_tree_do_not_cross() -> None:
    rng = random.Random(3)
    items: list[Card] = [Card(40, 20)]
    wires = []
    for _ in range(60):
        parent = rng.choice(items[-12:])
        child = Card(40, 20)
        wires.append(Wire(child, parent, parent.slots))
        parent.slots += 1
        items.append(child)
    outside = Box("", list(items))
    layout = Layout(outside, wires, "LR")
    pieces = [layout.route(wire) for wire in wires]
    columns: dict[tuple[float, float], list[tuple[float, float]]] = {}
    for route in pieces:
        for x0, y0, x1, y1 in route:
            columns.setdefault((x0, x1), []).append((y0, y1))
    for segments in columns.values():
        for (a, b), (c, d) in itertools.combinations(segments, 2):
            assert (a - c) * (b - d) >= 0


def test_only_a_constant_one_is_left_out_and_partials_stand_on_their_own_wires() -> None:
    a, b, c, d = (Value(x, label=n) for x, n in ((2.0, "a"), (3.0, "b"), (4.0, "c"), (5.0, "d")))
    face = draw(dot([a, b], [c, d]))._scene.faces[-1]
    assert face.operands == [0, 1, 2, 3]
    assert face.locals == (4.0, 5.0, 2.0, 3.0)
    grown = draw(dot([a, b], [3.0, 7.0]), expand=True)._scene.nodes
    assert [node.data for node in grown if node.op] == [6.0, 21.0, 27.0]
    joined = draw((a * b).tanh() + (c / d).sin(), max_nodes=3, merge=False, show=("local",))
    for face in joined._scene.faces:
        assert len(face.locals) in (0, len(face.operands))


def test_a_custom_gradient_is_drawn_and_told() -> None:
    @custom_gradient
    def clipped_gradient(x):
        return x, lambda cotangent: max(-1.0, min(1.0, cotangent))

    x = Value(2.0, label="x")
    y = clipped_gradient(x) * 5.0
    y.backward()
    assert "1.0000" in texts(draw(y).svg)
    last = list(trace(y))[-1]
    assert (last.upstream, last.slope, last.contribution) == (5.0, 0.2, 1.0)
    assert "= 5 * 0.2 = 1" in str(explain(y))


def test_a_leaf_that_was_changed_shows_the_number_that_was_used() -> None:
    w = Value(3.0, label="w")
    loss = w * w
    w.data = 2.4
    assert "3.0000" in texts(draw(loss).svg)
    assert "w * w = 3 * 3 = 9" in str(explain(loss))


def test_long_names_are_clipped_in_boxes_and_operations() -> None:
    with scope("s" * 1000):
        y = Value(1.0) * 2.0
    narrow = draw(y)
    assert narrow.width < 500
    op = primitive("an_operation_with_a_name_that_is_much_too_long_for_a_card(x)", "x", "1")
    assert draw(op(Value(1.0))).width < 500
    x = Value(1.0)
    for _ in range(40):
        for name in ("p", "q"):
            with scope(name):
                x = x.tanh()
    boxes = draw(x)._painting.layout.boxes
    assert max(box.width for box in boxes) < 300


def test_one_scope_around_everything_is_opened() -> None:
    with scope("step"):
        y = Value(0.5)
        for i in range(400):
            y = (y + Value(float(i))).tanh()
    assert len(draw(y)._scene.faces) > 100
    assert len(draw(y, collapse=True)._scene.faces) == 1


def test_deep_scopes_can_be_chosen_for_collapsing() -> None:
    with ExitStack() as blocks:
        for i in range(30):
            blocks.enter_context(scope(f"s{i}"))
        y = Value(1.0).exp().sin()
    assert draw(y)._scene.faces[-1].kind == "op"
    assert draw(y, collapse=lambda path: path[-1] == "s29")._scene.faces[-1].kind == "scope"
    check_layout(draw(y))


def test_many_roots_keep_to_the_greatest_number_of_cards() -> None:
    roots = [Value(float(i), label=f"x{i}a") * i for i in range(1, 500)]
    assert len(draw(roots, merge=False, max_nodes=50)._scene.faces) <= 50


def test_leaves_named_by_numbers_are_not_merged_with_others() -> None:
    xs = [Value(float(i), label="7" if i % 2 else "") for i in range(100)]
    faces = draw(fsum(xs), max_nodes=10)._scene.faces
    assert sorted((face.name, face.alike) for face in faces if face.kind == "input") == [("", 50), ("7", 50)]


def test_every_format_shows_what_was_asked_for() -> None:
    drawing = draw(neuron(), show="grad")
    assert drawing.svg.count("∂") == 10
    for text in (str(drawing), drawing.mermaid, drawing.dot):
        assert "6.8814" not in text
        assert "0.5000" in text
    assert "drawn as" in draw(network(16, 16)).mermaid
    assert "2" in texts(draw(Value(1.0) ** 2, show="grad").svg)  # constants are their numbers


def test_an_input_of_one_is_drawn_and_only_the_factor_of_a_bias_is_not() -> None:
    w = [Value(2.0, label="w0"), Value(3.0, label="w1")]
    faces = draw(dot(w, [1.0, 1.0]))._scene.faces
    assert [face.kind for face in faces].count("constant") == 2
    faces = draw(Neuron(2, seed=0)([1.0, 1.0]))._scene.faces
    assert [face.kind for face in faces].count("constant") == 2


def test_gradients_of_another_root_are_said_to_be_that() -> None:
    a, b = Value(2.0, label="a"), Value(3.0, label="b")
    c = a * b
    c.backward()
    assert "gradients: from before; backward() has not been called on this root" in texts(draw(c * 10.0).svg)
    assert not any(line.startswith("gradients:") for line in texts(draw(c).svg))


def test_pictures_of_many_roots_have_a_title_and_ranges() -> None:
    a = Value(1.0, label="a")
    drawing = draw([a * float(i) for i in range(500)])
    assert drawing.title == "computation graph of 500 × *, 501 nodes"
    assert "0.0000 … 499.0000 ×500 alike" in str(drawing)
    tips = [tip.text for tip in ElementTree.fromstring(drawing.svg).iter(f"{SVG}title")]
    assert "500 alike\n0.0 … 499.0" in tips


def test_texts_are_ascii_where_the_terminal_takes_no_more() -> None:
    code = (
        "from autograd_lite import *; x = Value(2.0, label='x'); y = (x * x).tanh(); y.backward();"
        "print(draw(y)); print(play(y)); print(loss_curve([3.0, 1.0]));"
        "print(formula(y).tree); print(explain(y))"
    )
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONPATH": str(Path(__file__).parent.parent)}
    run = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert (run.returncode, run.stderr) == (0, "")
    assert "`- v1 * = 4.0000" in run.stdout


def test_wide_pictures_shrink_to_the_page_but_not_until_they_cannot_be_read() -> None:
    drawing = draw(network(3))
    least = f"min-width:{0.6 * drawing.width:.0f}px"
    assert f"max-width:100%;{least}" in drawing._repr_mimebundle_()["text/html"]


def test_a_model_that_makes_no_values_says_so_and_is_shown_as_text() -> None:
    class Constant(Module):
        nin = 2

        def __call__(self, x):
            return 1.0

    with pytest.raises(TypeError, match=r"a model that makes a Value of its inputs, .* one that makes float"):
        draw(Constant())
    assert set(Constant()._repr_mimebundle_()) == {"text/plain"}


@pytest.mark.parametrize("seed", ["1", "2"])
def test_pictures_have_the_same_bytes_in_every_process(seed: str) -> None:
    """What the README shows was made elsewhere, and is what every machine and version of Python makes."""
    code = (
        "import sys, generate\n"
        "for path, printed in generate.PRINTED.items():\n"
        "    if path.suffix == '.svg' and path.read_text(encoding='utf-8') != printed(): sys.exit(path.name)"
    )
    environment = {**os.environ, "PYTHONHASHSEED": seed}
    command = [sys.executable, "-c", code]
    run = subprocess.run(command, cwd=Path(__file__).parent, env=environment, capture_output=True, text=True)
    assert (run.returncode, run.stderr) == (0, "")
