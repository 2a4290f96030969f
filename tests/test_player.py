"""play: the page in a real browser, the numbers that it computes, and what it refuses.

The browser is the system's Chromium; where it or playwright is missing, its tests are skipped.
"""

import json
import math
import random
import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
from expressions import program
from test_drawing import HOSTILE, network, neuron

from autograd_lite import Value, dot, no_grad, play, primitive, trace
from autograd_lite.functions import FUNCTIONS
from autograd_lite.nn import MLP, SGD, History, fit
from autograd_lite.primitives import TABLE
from autograd_lite.see.explain import told
from autograd_lite.see.javascript import javascript
from autograd_lite.see.notation import number
from autograd_lite.see.player import Player
from autograd_lite.see.svg import figure

WINDOW = {"width": 1100, "height": 700}


@pytest.fixture(scope="module")
def ordinary(browser) -> Iterator:
    """A page for all tests that ask for nothing special: a new one takes longer than most tests."""
    page = browser.new_page(viewport=WINDOW)
    yield page
    page.close()


@pytest.fixture
def opened(browser, ordinary, tmp_path: Path) -> Iterator:
    """A function that opens a page; at the end no page may have complained or asked for another file."""
    complaints: list[str] = []
    pages = []

    def open_page(player: Player | str, fragment: str = "", **options):
        file = tmp_path / f"page{len(pages)}.html"
        file.write_text(player if isinstance(player, str) else player.html, encoding="utf-8")
        asked: list[str] = []
        listeners = {
            "console": lambda message: complaints.append(message.text),
            "pageerror": lambda error: complaints.append(str(error)),
            "request": lambda request: asked.append(request.url),
        }
        page = browser.new_page(**{"viewport": WINDOW, **options}) if options or pages else ordinary
        for event, listener in listeners.items():
            page.on(event, listener)
        page.goto(file.as_uri() + fragment)
        pages.append((page, asked, file.as_uri(), listeners))
        return page

    yield open_page
    for page, asked, address, listeners in pages:
        assert [url for url in asked if not url.startswith((address, "data:", "about:"))] == []
        for event, listener in listeners.items():
            page.remove_listener(event, listener)
        if page is not ordinary:
            page.close()
    ordinary.goto("about:blank")
    ordinary.mouse.move(0, 0)
    assert complaints == []


def step_of(page) -> int:
    return int(page.input_value("#scrub"))


def strips(page) -> dict[str, str]:
    """The gradients that are shown, by the name on their card."""
    return dict(
        page.evaluate(
            "nodes.filter(n => n.querySelector('.grad:not(.none)')).map(n => ["
            "n.querySelector('text').textContent, n.querySelector('.grad').lastElementChild.textContent])"
        )
    )


def test_the_controls_step_scrub_and_play(opened) -> None:
    page = opened(play(neuron()))
    last = int(page.get_attribute("#scrub", "max"))
    steps = len(told(trace(neuron())))
    assert last == steps - 1
    assert step_of(page) == 0
    for control, expected in (("#next", 1), ("#next", 2), ("#back", 1), ("#end", last), ("#start", 0)):
        page.click(control)
        assert step_of(page) == expected
    for key, expected in (
        ("ArrowRight", 1), ("ArrowRight", 2), ("ArrowLeft", 1), ("End", last), ("Home", 0), ("b", 6),
    ):  # fmt: skip
        page.keyboard.press(key)
        assert step_of(page) == expected
    assert "∂o/∂o = 1" in page.inner_text("#panel")
    page.evaluate("$('scrub').value = 3; $('scrub').dispatchEvent(new Event('input'))")
    assert page.inner_text("#count") == f"4 / {steps}"
    assert page.get_attribute("#play", "aria-label") == "Play"
    page.evaluate("G.pace = 200")
    page.click("#panel")  # a key on a focused button would be that button's
    page.keyboard.press("Space")
    assert page.get_attribute("#play", "aria-label") == "Pause"
    page.wait_for_function("Number(document.getElementById('scrub').value) > 4", timeout=10_000)
    page.click("#play")
    assert page.get_attribute("#play", "aria-label") == "Play"
    paused = step_of(page)
    page.wait_for_timeout(300)
    assert step_of(page) == paused


def test_a_link_opens_a_step_and_a_click_the_next_that_changes_a_node(opened) -> None:
    page = opened(play(neuron()), "#step=8")
    assert step_of(page) == 7
    page.keyboard.press("ArrowRight")
    assert page.evaluate("location.hash") == "#step=9"
    page.evaluate("location.hash = '#step=3'")
    page.wait_for_function("document.getElementById('scrub').value === '2'")
    names = page.evaluate("G.names")
    card = page.locator(f'[data-node="{page.evaluate("G.cards")[names.index("w1")]}"]')
    card.click()
    assert "∂o/∂w1 +=" in page.inner_text("#panel")


def test_numbers_appear_when_they_are_computed(opened) -> None:
    page = opened(play(neuron()))
    unborn = "nodes.filter(n => n.classList.contains('unborn')).length"
    assert page.evaluate(unborn) == 5
    assert strips(page) == {}
    page.keyboard.press("ArrowRight")
    assert page.evaluate(unborn) == 4
    assert "v5 = x1 · w1" in page.inner_text("#panel")
    assert "= 2 · (−3) = −6" in page.inner_text("#panel")
    page.keyboard.press("End")
    assert page.evaluate(unborn) == 0


def test_contributions_add_up_in_words(opened) -> None:
    a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    root = (a * b + a) * a
    root.label = "L"
    page = opened(play(root))
    panels = []
    for _ in range(int(page.get_attribute("#scrub", "max"))):
        page.keyboard.press("ArrowRight")
        panels.append(page.inner_text("#panel"))
    mine = [panel for panel in panels if "a is used 3 times" in panel]
    assert len(mine) == 3
    assert "so far: ∂L/∂a = −4" in mine[0]
    assert "add up: ∂L/∂a = (−4) + 2 + (−6) = −8" in mine[2]


@pytest.mark.parametrize("seed", range(6))
def test_the_last_step_shows_the_engines_gradients(opened, seed: int) -> None:
    made = program(seed)
    leaves = [Value(x, label=f"x{i}") for i, x in enumerate(made.at)]
    root = made.run(lambda name, *xs: FUNCTIONS[name](*xs), *leaves)
    page = opened(play(root))
    page.keyboard.press("End")
    root.backward()
    shown = strips(page)
    for leaf in leaves:
        if leaf.has_grad and leaf.label in shown:
            assert shown[leaf.label] == figure(leaf.grad)


@pytest.mark.parametrize("seed", range(12))
def test_numbers_typed_into_a_leaf_are_computed_as_the_engine_does(opened, seed: int) -> None:
    made = program(seed)

    def run(at):
        leaves = [Value(x, label=f"x{i}") for i, x in enumerate(at)]
        return made.run(lambda name, *xs: FUNCTIONS[name](*xs), *leaves)

    page = opened(play(run(made.at)))
    rng = random.Random(seed)
    page.evaluate("document.getElementById('leaves-box').open = true")
    at = [rng.uniform(-2, 2) for _ in made.at]
    used = set(page.evaluate("G.names"))
    for i, x in enumerate(at):
        if f"x{i}" in used:
            page.fill(f"#leaves label:has-text('x{i}') input", repr(x))
    expected = trace(run(at))
    data = page.evaluate("data.map(String)")
    for node in expected.nodes:
        assert agrees(float(data[node.index]), node.data), node
    sums = page.evaluate("Object.fromEntries(back.map(b => [b.t, String(b.after)]))")
    for node in expected.nodes[:-1]:
        if node.gradient is not None and str(node.index) in sums:
            assert agrees(float(sums[str(node.index)]), node.gradient), node
    page.click("#reset")
    assert [float(x) for x in page.evaluate("data.map(String)")] == [
        n.data for n in trace(run(made.at)).nodes
    ]


def agrees(x: float, exact: float) -> bool:
    """Whether the page's number is the engine's: both take values by other formulas here and there."""
    return (x != x and exact != exact) or x == exact or math.isclose(x, exact, rel_tol=1e-8, abs_tol=1e-9)


def test_a_leaf_is_dragged(opened) -> None:
    page = opened(play(neuron()))
    page.keyboard.press("End")
    card = page.evaluate("G.cards")[page.evaluate("G.names").index("w2")]
    place = page.locator(f'[data-node="{card}"]').bounding_box()
    x, y = place["x"] + place["width"] / 2, place["y"] + place["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 150, y, steps=5)
    page.mouse.up()
    moved = page.evaluate("data")[page.evaluate("G.names").index("w2")]
    assert moved == pytest.approx(2.5)  # a hundredth of the number, or of 1, a pixel
    assert step_of(page) == int(page.get_attribute("#scrub", "max"))  # a drag is no click
    assert page.evaluate("moved")
    assert strips(page)["x2"] == figure(moved * 0.5)
    assert page.locator("#told li").last.text_content().startswith("∂o/∂w1 +=")


def test_a_formula_whose_branch_may_have_changed_is_left_out(opened) -> None:
    x = Value(1.0, label="x")
    page = opened(play(x.max(0.0) * x**2))
    steps = page.evaluate("steps.length")

    def panels() -> str:
        page.keyboard.press("Home")
        said = []
        for _ in range(steps - 1):
            page.keyboard.press("ArrowRight")
            said.append(page.inner_text("#panel"))
        return "\n".join(said)

    before = panels()
    assert "\n∂v1/∂x = 1" in before
    page.evaluate("change(0, -1)")
    after = panels()
    assert "\n∂v1/∂x = 1" not in after
    assert "· 0 = 0" in after or "· 0 = −0" in after
    assert "∂v2/∂x = 2 · x" in before
    assert "∂v2/∂x = 2 · x = −2" in after  # its branch hangs on the exponent alone


def test_every_row_gives_the_page_the_engines_numbers(opened) -> None:
    rows = [row for row in TABLE.values() if row.name != "constant"]
    script = javascript(rows)
    assert script is not None
    rng = random.Random(5)
    cases = []
    for row in rows:
        for _ in range(40):
            if row.sequences:
                size = rng.randint(1, 4)
                operands = [[rng.gauss(0, 2) for _ in range(size)] for _ in row.operands]
            else:
                operands = [rng.choice((rng.gauss(0, 2), float(rng.randint(-3, 3)))) for _ in row.operands]
                whole = {"round": 1, "ldexp": 1, "polygamma": 0, "sinc_n": 0}.get(row.name)
                if whole is not None:
                    operands[whole] = float(rng.randint(0, 3))
                if row.name == "polygamma" and operands[1] <= 0 and operands[1] % 1 == 0:
                    continue  # at the poles orders differ in the sign of their infinity
            value = row.value(*operands)
            partials = [partial(*operands, value) for partial in row.partials]
            cases.append((row.name, operands, value, partials))
    page = opened(f"<!doctype html><title>rows</title><script>{script}</script>")
    found = page.evaluate(
        "cases => cases.map(([name, operands]) => { const z = OPS[name].v(...operands);"
        "return [z, OPS[name].d.map(d => d(...operands, z))]; })",
        [(name, operands) for name, operands, _, _ in cases],
    )
    for (name, operands, value, partials), (z, slopes) in zip(cases, found, strict=True):
        assert agrees(z, value), (name, operands, z, value)
        for slope, partial in zip(slopes, partials, strict=True):
            pairs = zip(slope, partial, strict=True) if isinstance(slope, list) else [(slope, partial)]
            for a, b in pairs:
                assert agrees(a, b) or (math.isnan(b) and not TABLE[name].public), (name, operands, a, b)


def test_functions_that_no_page_can_run_are_played_but_not_changed(opened) -> None:
    cube = primitive("player_cube(x)", lambda x: x**3, lambda x, z: 3 * x**2)
    x = Value(2.0, label="x")
    page = opened(play(cube(x) + 1))
    page.keyboard.press("End")
    assert strips(page)["x"] == "12.0000"
    assert page.is_hidden("#leaves-box")


def test_without_scripts_there_is_the_picture_and_the_list(opened) -> None:
    page = opened(play(neuron()), java_script_enabled=False)
    assert page.is_visible("#stage svg")
    assert page.is_hidden("#bar")
    assert page.is_hidden("#panel")
    page.click("summary:has-text('steps as text')")
    lines = page.locator("#told li").all_inner_texts()
    assert lines == [re.sub(r"\s+", " ", line) for line in told(trace(neuron()))]


@pytest.mark.parametrize("width", [390, 820, 1280])
def test_it_fits_phones_and_follows_a_dark_system(opened, width: int) -> None:
    page = opened(play(network(2)), viewport={"width": width, "height": 760}, color_scheme="light")
    page.keyboard.press("b")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for control in ("#start", "#play", "#end", "#scrub", "#count", "#panel"):
        box = page.locator(control).bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        assert box["y"] + box["height"] <= 760
    for scheme, colour in (("light", "rgb(255, 255, 255)"), ("dark", "rgb(27, 28, 30)")):
        page.emulate_media(color_scheme=scheme)
        background = page.evaluate("getComputedStyle(document.body).backgroundColor")
        paper = page.evaluate("getComputedStyle(document.querySelector('#stage svg rect')).fill")
        assert background == paper == colour


def test_it_speaks_to_a_screen_reader(opened) -> None:
    page = opened(play(neuron()))
    assert page.locator("#stage svg").get_attribute("role") == "img"
    assert page.locator("#stage svg title").first.text_content().startswith("backpropagation of o")
    for control in ("#start", "#back", "#play", "#next", "#end", "#scrub"):
        assert page.get_attribute(control, "aria-label")
    assert page.get_attribute("#panel", "aria-live") == "polite"
    page.keyboard.press("ArrowRight")
    assert page.get_attribute("#scrub", "aria-valuetext") == "step 2 of 16"


def test_hostile_labels_stay_text(opened) -> None:
    x = Value(0.1, label=HOSTILE)
    y = (x * x).tanh()
    y.label = "</title><!--"
    player = play(y)
    page = opened(player)
    page.keyboard.press("End")
    assert page.locator("b[onerror]").count() == 0
    assert '</script><b onerror="x">' in page.inner_text("#panel")
    page.evaluate("change(0, 0.2)")
    assert page.locator("b[onerror]").count() == 0
    ElementTree.fromstring(player.animation)


def test_a_training_is_played(opened) -> None:
    model = MLP(2, [2, 1], activation="tanh", seed=1)
    optimiser = SGD(model.parameters(), lr=0.1)
    history = []
    for _ in range(5):
        loss = (model([1.0, 0.0]) - 1.0) ** 2
        loss.label = "loss"
        optimiser.zero_grad()
        loss.backward()
        history.append(trace(loss))
        optimiser.step()
    page = opened(play(history))
    page.keyboard.press("ArrowRight")
    said = page.inner_text("#panel")
    assert f"Training step 2 of 5: loss = {figure(history[1].root.data)[:5]}" in said
    index, weight = next((n.index, n) for n in history[1].nodes if n.label == "b" and n.gradient)
    row = next(line for line in said.splitlines() if line.startswith(weight.name))
    numbers = [float(x.replace("−", "-")) for x in re.findall(r"[−\d.e]+", row.removeprefix(weight.name))]
    after = history[2].nodes[index].data
    expected = [weight.data, weight.gradient, after - weight.data, after]
    assert numbers == pytest.approx(expected, rel=1e-5, abs=1e-6)
    assert numbers[2] == pytest.approx(-0.1 * numbers[1], rel=1e-4)
    assert page.is_hidden("#leaves-box")


def test_the_history_of_a_fit_is_drawn_and_played(opened) -> None:
    model = MLP(1, [1], seed=1)
    X, y = [[0.0], [1.0]], [1.0, 3.0]
    history = fit(model, X, y, loss="mse", optimizer="sgd", lr=0.1, epochs=4, traces=True)
    page = opened(play(history))
    assert int(page.get_attribute("#scrub", "max")) == 3
    assert [traced.root.data for traced in history.traces] == history.steps["loss"]
    assert str(history.loss_curve()).startswith("loss\n")
    assert "layers.0" in str(history.gradient_curve())
    assert "<img" in history._repr_mimebundle_()["text/html"]
    assert set(History()._repr_mimebundle_()) == {"text/plain"}
    with pytest.raises(ValueError, match=r"ask for them with fit\(..., traces=True\)"):
        play(fit(model, X, y, loss="mse", epochs=1))


def test_a_notebook_frames_the_page_over_the_picture(opened) -> None:
    bundle = play(neuron())._repr_mimebundle_()
    page = opened(f"<!doctype html><title>notebook</title><body>{bundle['text/html']}")
    frame = page.frames[1]
    frame.click("#next")
    assert frame.input_value("#scrub") == "1"
    assert page.evaluate("document.querySelector('img').naturalWidth") > 100
    assert bundle["text/plain"].splitlines()[1] == told(trace(neuron()))[0]


def test_the_picture_is_dark_in_an_image_where_the_system_is(opened) -> None:
    html = neuron()._repr_mimebundle_()["text/html"]
    page = opened(f"<!doctype html><title>image</title><body>{html}", color_scheme="dark")
    pixel = page.evaluate(
        "async () => { const image = document.querySelector('img'); await image.decode();"
        "const canvas = document.createElement('canvas'), paint = canvas.getContext('2d');"
        "paint.drawImage(image, 0, 0); return [...paint.getImageData(2, 2, 1, 1).data]; }"
    )
    assert pixel == [27, 28, 30, 255]


def test_the_animation_plays_by_itself(opened) -> None:
    player = play(neuron())
    svg = player.animation
    ElementTree.fromstring(svg)
    assert "<script" not in svg
    page = opened(f"<!doctype html><title>animation</title><body>{svg}")
    strip = "getComputedStyle(document.querySelector('[data-node] .grad')).opacity"
    at = "t => document.getAnimations().forEach(a => { a.pause(); a.currentTime = t * 1000; })"
    page.evaluate(at, 0.5)
    assert page.evaluate(strip) == "0"
    page.evaluate(at, 1.2 * 16 + 1)
    assert page.evaluate(strip) == "1"
    shown = (
        "[...document.querySelectorAll('svg > text')].filter(t => getComputedStyle(t).opacity === '1').length"
    )
    for k in range(16):
        page.evaluate(at, 1.2 * k + 0.6)
        assert page.evaluate(shown) == 1


def test_numbers_are_written_as_in_the_list(opened) -> None:
    page = opened(play(neuron()))
    rng = random.Random(2)
    numbers = [
        0.0,
        -0.0,
        1e20,
        1234567.0,
        123456.5,
        0.001953125,
        0.03125,
        0.09375,
        2.5e-5,
        1e-5,
        0.1,
        1 / 3,
        999999.5,
    ]
    numbers += [rng.choice((-1, 1)) * rng.uniform(1, 10) * 10.0 ** rng.randint(-12, 12) for _ in range(300)]
    numbers += [rng.randint(-(10**6), 10**6) / 2.0 ** rng.randint(0, 12) for _ in range(300)]
    found = page.evaluate("xs => xs.map(x => [figure(x), digits(x)])", numbers)
    for x, (card, told_) in zip(numbers, found, strict=True):
        assert card == figure(x), x
        assert told_ == number(x).replace("-", "−"), x


def test_a_number_that_is_none_is_marked_and_does_not_stay(opened) -> None:
    page = opened(play(neuron()))
    page.evaluate("document.getElementById('leaves-box').open = true")
    field = page.locator("#leaves label:has-text('w1') input")
    field.fill("")
    assert field.get_attribute("aria-invalid") == "true"
    field.blur()
    assert field.input_value() == "-3"
    assert field.get_attribute("aria-invalid") == "false"


def test_the_list_follows_edits_and_comes_back(opened) -> None:
    page = opened(play(neuron()))
    before = page.locator("#told li").all_text_contents()
    page.evaluate("change(1, 5)")
    after = page.locator("#told li").all_text_contents()
    assert "w1 = 5" in after[0] or "x2 = 5" in after[0]
    assert any(line.endswith("= 10") and " = x1 · w1 = 2 · 5" in line for line in after)
    page.evaluate("reset()")
    assert page.locator("#told li").all_text_contents() == before


def test_operands_and_booleans_that_mean_something_in_javascript(opened) -> None:
    odd = primitive("player_odd(x, var)", "x * var if x > 0 else x", "var", "x")
    above = primitive("player_above(function)", "function > 0", "0")
    x, y = Value(2.0, label="x"), Value(3.0, label="y")
    page = opened(play(odd(x, y) + above(y)))
    page.evaluate("change(0, 5)")
    page.keyboard.press("End")
    assert page.evaluate("data[G.root]") == 16


def test_the_theme_is_that_of_the_whole_page(opened) -> None:
    for theme, scheme, paper in (
        ("dark", "light", "rgb(27, 28, 30)"),
        ("light", "dark", "rgb(255, 255, 255)"),
    ):
        page = opened(play(neuron(), theme=theme), color_scheme=scheme)
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == paper
        assert page.evaluate("getComputedStyle(document.querySelector('#stage svg rect')).fill") == paper


def test_constants_that_change_from_step_to_step_are_shown(opened) -> None:
    w = Value(0.5, label="w")
    history = []
    for x in (1.0, 2.0, 3.0):
        loss = (w * x - 1.0) ** 2
        loss.backward()
        history.append(trace(loss))
    page = opened(play(history))
    seen = []
    for _ in history:
        seen.append(page.evaluate("constants.map(c => c.textContent)"))
        page.keyboard.press("ArrowRight")
    assert seen == [["1", "1", "2"], ["2", "1", "2"], ["3", "1", "2"]]
    page.keyboard.press("b")
    assert step_of(page) == 2


# --- without a browser ---------------------------------------------------------------------------------


def test_a_page_is_one_file_and_small(tmp_path: Path) -> None:
    loss = network(5, 5)
    player = play(loss)
    assert len(player.trace.nodes) >= 75
    html = player.save(tmp_path / "x.html").read_text(encoding="utf-8")
    assert len(html.encode()) < 100_000
    without = html.replace("http://www.w3.org/2000/svg", "")
    assert re.findall(r"https?://|src=|@import|url\(", without) == []
    assert player.save(tmp_path / "x.svg").read_text(encoding="utf-8") == player.animation


def test_infinities_travel_as_text() -> None:
    player = play(Value(0.0, label="x").log() * Value(math.inf))
    graph = re.search(r"<script>const G=(.*);\n", player.html)
    assert "-Infinity" in json.loads(graph.group(1))["data"]


def test_a_page_is_a_snapshot() -> None:
    x = Value(2.0, label="x")
    player = play(x * x)
    x.data = 5.0
    assert "x = 2" in str(player)
    assert '"data":[2,4]' in player.html


def test_a_graph_that_is_too_large_names_a_part_that_is_not() -> None:
    root = network(16, 16)
    with pytest.raises(ValueError, match=r"the graph has 406 nodes, too many .*max_nodes=100") as refused:
        play(root)
    call, size = re.search(
        r"; (play\(.*?\))(?:, up to .*?)? plays a part of (\d+) nodes", str(refused.value)
    ).groups()
    part = eval(call, {"play": play, "root": root})
    assert len(part.trace.nodes) == int(size) <= 100
    labelled = dot([Value(float(i)) for i in range(60)], [2.0] * 60)
    labelled.label = "left"
    with pytest.raises(
        ValueError, match=r"play\(root.parents\[0\]\), up to 'left', plays a part of 61 nodes"
    ):
        play(labelled * dot([Value(float(i)) for i in range(60)], [2.0] * 60))
    assert len(play(root, max_nodes=500).trace.nodes) == 406
    with pytest.raises(
        ValueError, match=r"too many to follow step by step .*trace the loss of fewer samples"
    ):
        play([trace(root)])


def test_what_is_no_graph_and_no_training_is_refused() -> None:
    with pytest.raises(TypeError, match=r"play: expected a Value, a history, or a list.*got float"):
        play(3.0)
    with pytest.raises(ValueError, match="the training has no traces"):
        play([])
    x = Value(1.0)
    with pytest.raises(ValueError, match="the trace of step 2 is of another graph than that of step 1"):
        play([trace(x * x), trace(x.exp() + 1)])
    with pytest.raises(ValueError, match="the trace of step 2 is of another graph than that of step 1"):
        play([trace(x * x), trace(x + x)])
    with pytest.raises(ValueError, match="theme: expected 'auto', 'light' or 'dark', got 'x'"):
        play(x * x, theme="x")
    with pytest.raises(TypeError, match="max_nodes: expected a whole number, got str"):
        play(x * x, max_nodes="x")
    with pytest.raises(ValueError, match="direction: expected 'LR' or 'TB', got 'RL'"):
        play(x * x, direction="RL")
    with no_grad():
        y = x * x
    with pytest.raises(RuntimeError, match="computed under no_grad"):
        play(y)
