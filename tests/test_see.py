"""draw_dot: what is on the picture, and what happens without Graphviz."""

import shutil
import subprocess
import sys
from base64 import b64decode
from xml.etree import ElementTree

import graphviz
import pytest

from autograd_lite import Value, draw_dot, fsum, scope
from autograd_lite.nn import MLP


def test_a_picture_has_labels_numbers_operations_and_edges() -> None:
    a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    e = a * b
    e.label = "e"
    picture = draw_dot(e)
    assert isinstance(picture, graphviz.Digraph)
    source = picture.source
    assert r"a\ldata 2.0000\l" in source
    assert r"e  *\ldata -6.0000\l" in source
    assert source.count("->") == 2
    assert "grad" not in source
    e.backward()
    assert r"b\ldata -3.0000\lgrad 2.0000\l" in draw_dot(e).source


def test_an_operand_used_twice_has_two_edges() -> None:
    a = Value(1.0)
    assert draw_dot(a + a).source.count("n0 -> n1") == 2


def test_constants_are_drawn_one_card_a_use() -> None:
    source = draw_dot(Value(1.0) * 2.0 + 2.0).source
    assert source.count("style=dashed") == 2
    assert source.count("->") == 4


def test_names_are_the_same_in_every_process() -> None:
    code = (
        "from autograd_lite import draw_dot; from autograd_lite.nn import MLP; "
        "print(draw_dot(MLP(2, [3, 1], seed=1)([1.0, 2.0])).source)"
    )
    runs = {
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout for _ in range(2)
    }
    assert runs == {draw_dot(MLP(2, [3, 1], seed=1)([1.0, 2.0])).source + "\n"}


def test_scopes_are_nested_clusters_in_natural_order() -> None:
    x = Value(1.0)
    for i in (0, 2, 10):
        with scope(f"layer {i}"), scope("neuron 1"):
            x = x.tanh()
    source = draw_dot(x).source
    assert source.count("subgraph cluster") == 6
    assert [source.index(f'label="layer {i}"') for i in (0, 2, 10)] == sorted(
        source.index(f'label="layer {i}"') for i in (0, 2, 10)
    )


def test_hostile_labels_stay_text() -> None:
    label = '</script>"|{}<b>\\l\n%\u202eabc\x00\x1b\ud800' + "long " * 4000
    x = Value(1.0, label=label)
    with scope('"];<i>'), scope("9" * 5000):
        picture = draw_dot(x * 2)
    if shutil.which("dot"):
        svg = picture.pipe(encoding="utf-8")
        assert "&lt;/script&gt;" in svg
        assert "<b>" not in svg
        assert "<i>" not in svg
        assert ElementTree.fromstring(svg.partition("<svg")[1] + svg.partition("<svg")[2]) is not None


def test_a_lone_leaf_and_a_wide_graph() -> None:
    assert "->" not in draw_dot(Value(1.0)).source
    assert draw_dot(fsum([Value(float(i)) for i in range(10_000)])).source.count("->") == 10_000


def test_figures_keep_what_four_decimals_would_lose() -> None:
    root = fsum([Value(1e-10), Value(1e300), Value(0.0), Value(float("nan")), Value(-123456.789)])
    source = draw_dot(root).source
    for figure in ("1e-10", "1e+300", "data 0.0000", "data nan", "-123456.7890"):
        assert figure in source


def test_what_cannot_be_drawn_is_refused() -> None:
    with pytest.raises(TypeError, match="draw_dot: expected a Value, got float"):
        draw_dot(1.0)
    with pytest.raises(ValueError, match="expected rankdir LR, TB, RL or BT, got 'left'"):
        draw_dot(Value(1.0), rankdir="left")
    with pytest.raises(ValueError, match="bmpp"):
        draw_dot(Value(1.0), format="bmpp")


def test_without_dot_the_error_names_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    monkeypatch.setenv("PATH", "")
    picture = draw_dot(Value(1.0, label="x") + 1)
    for call in (lambda: picture.render(tmp_path / "x"), picture.pipe):
        with pytest.raises(
            RuntimeError, match=r"apt install graphviz.*brew install graphviz.*save\('graph.dot'\)"
        ):
            call()
    shown = picture._repr_mimebundle_()
    assert list(shown) == ["text/plain"]
    assert "apt install graphviz" in shown["text/plain"]
    assert picture.source in shown["text/plain"]
    assert picture.save(tmp_path / "x.dot")


@pytest.mark.skipif(not shutil.which("dot"), reason="Graphviz is not installed")
def test_with_dot_it_renders_and_shows(tmp_path) -> None:
    root = MLP(2, [2, 1], seed=1)([1.0, Value(2.0)])
    root.backward()
    picture = draw_dot(root, rankdir="TB")
    path = picture.render(tmp_path / "net", cleanup=True)
    assert path.endswith("net.svg")
    shown = picture._repr_mimebundle_()
    assert shown["text/plain"] == picture.source
    assert b"<svg" in b64decode(shown["text/html"].split("base64,")[1].split('"')[0])
