"use strict";
// The page of a player. G is the graph: nodes with names, operations and numbers, and the steps over it.
// Everything on the page follows from the number of the step and the numbers of the leaves.
const $ = id => document.getElementById(id);
const number = x => typeof x === "string" ? Number(x) : x;
const numbers = xs => xs.map(number);
const nodes = [...document.querySelectorAll("[data-node]")];
const wires = Object.fromEntries([...document.querySelectorAll("[data-wire]")].map(w => [w.dataset.wire, w]));
const locals = Object.fromEntries([...document.querySelectorAll("[data-local]")].map(w => [w.dataset.local, w]));
const svg = document.querySelector("#stage svg");
const constants = G.cards.flatMap((node, card) => node < 0 ? [nodes[card].querySelector(".data")] : []);
const cardOf = Object.fromEntries(G.cards.map((node, card) => [node, card]));
const wiresInto = node => Object.keys(wires).filter(key => key.startsWith(`${cardOf[node]}-`));
const cards = {};  // of the nodes of the graph, by index; constants have cards of their own
G.cards.forEach((node, card) => { if (node >= 0) cards[node] = nodes[card]; });

// Numbers, as the picture and the list write them: rounded half to even, as Python does.
const minus = text => text.replace(/-/g, "−");
const odd = x => isFinite(x) ? (Object.is(x, -0) ? "-0" : "") : x > 0 ? "inf" : x < 0 ? "-inf" : "nan";
function general(x, places) {  // Python's :.6g
  if (odd(x)) return odd(x);
  const [all, power] = Math.abs(x).toExponential(60).split("e"), exponent = Number(power);
  const tie = /^50*$/.test(all.slice(places + 1)) && "02468".includes(all[places === 1 ? 0 : places]);
  const near = tie ? Number(`${all.slice(0, places + 1)}e${power}`) : Math.abs(x);
  const e = Number(near.toExponential(places - 1).split("e")[1]), sign = x < 0 ? "-" : "";
  const bare = text => text.includes(".") ? text.replace(/\.?0+$/, "") : text;
  if (x && (e < -4 || e >= places)) {
    const [m] = near.toExponential(places - 1).split("e");
    return `${sign}${bare(m)}e${e < 0 ? "-" : "+"}${String(Math.abs(e)).padStart(2, "0")}`;
  }
  return sign + bare(near.toFixed(Math.max(0, places - 1 - (x ? e : 0))));
}
const digits = x => minus(odd(x) || (Math.abs(x) < 1e6 && x % 1 === 0 ? String(x) : general(x, 6)));
function figure(x) {
  const size = Math.abs(x);
  if (!(x === 0 || size >= 1e-3 && size < 1e6)) return minus(general(x, 4));
  let text = size.toFixed(4);
  // The only ties at four places are odd numbers of 32nds.
  if (size * 32 % 2 === 1 && Number(text.at(-1)) % 2) text = (size - 2e-5).toFixed(4);
  return minus((x < 0 || Object.is(x, -0) ? "-" : "") + text);
}
const short = x => figure(x).replace(/(\.\d*?)0+$/, "$1").replace(/\.$/, "");
const bracketed = x => /[−e]/.test(digits(x)) ? `(${digits(x)})` : digits(x);
function heat(x, most) {
  let share = 0;
  if (x && x === x && most) share = isFinite(x) ? Math.max(.08, 1 + Math.log10(Math.abs(x) / most) / G.decades) : 1;
  const end = G.heat[x > 0 ? 1 : 0];
  return `rgb(${end.map(c => Math.round(255 + (c - 255) * Math.min(share, 1)))})`;
}

// Formulas come with {0}, {1} … for the operands and {z} for the result.
const safe = text => text.replace(/[&<>"']/g, c => `&#${c.charCodeAt(0)};`);
const pretty = text => minus(text).replace(/ \* /g, " · ");
const simple = name => /^[\p{L}_][\p{L}\p{N}_]*$/u.test(name) ? name : `(${name})`;
function filled(formula, node, operand) {
  return pretty(formula).replace(/\{(\w+)\}/g, (_, k) => operand(k === "z" ? node : G.operands[node][k]))
    .replace(/([(,] ?)\((−[^()]*)\)(?=[,)])/g, "$1$2");  // an argument needs no brackets
}
const named = o => o.c === undefined ? simple(G.names[o]) : bracketed(number(o.c));

// What the leaves' numbers make of the graph: data, and one entry per backward step.
const recorded = {data: numbers(G.data), slopes: G.backward.map(b => number(b.d))};
let data = recorded.data.slice(), back = [], moved = false;
const valueOf = o => o.c === undefined ? data[o] : number(o.c);
function arranged(node, values) {  // a row of sequences takes arrays
  const arity = G.sequences[G.ops[node]];
  if (!arity) return values;
  const each = values.length / arity;
  return Array.from({length: arity}, (_, k) => values.slice(k * each, (k + 1) * each));
}
function partial(node, position) {
  const values = G.operands[node].map(valueOf), op = OPS[G.ops[node]], given = arranged(node, values);
  if (given === values) return op.d[position](...values, data[node]);
  const each = given[0].length;
  return op.d[Math.floor(position / each)](...given, data[node])[position % each];
}
function compute() {
  if (moved) G.ops.forEach((op, i) => { if (op) data[i] = +OPS[op].v(...arranged(i, G.operands[i].map(valueOf))); });
  const sums = {[G.root]: number(G.seed)};
  back = G.backward.map((b, k) => {
    const up = sums[b.n], slope = moved ? +partial(b.n, b.p) : recorded.slopes[k];
    const change = moved || b.c === undefined ? up * slope : number(b.c), before = sums[b.t] ?? 0;
    sums[b.t] = before + change;
    return {...b, up, slope, change, before, after: sums[b.t]};
  });
}

// Steps: the leaves, each computed node, the seed, each backward step.
const computed = G.ops.flatMap((op, i) => op ? [i] : []), leaves = G.ops.flatMap((op, i) => op ? [] : [i]);
const steps = G.frames ? G.frames.map((_, k) => ({kind: "frame", k})) : [
  {kind: "leaves"}, ...computed.map(node => ({kind: "forward", node})), {kind: "seed"},
  ...G.backward.map((_, k) => ({kind: "backward", k}))];
const firstBackward = 1 + computed.length;
const span = (kind, text) => `<span class="${kind}">${safe(text)}</span>`;
const d = name => "∂" + simple(name);

function told(step) {
  if (step.kind === "frame") return toldFrame(step.k);
  if (step.kind === "leaves")
    return `<b>Leaves</b>\n${safe(leaves.map(i => `${G.names[i]} = ${digits(data[i])}`).join(", "))}`;
  if (step.kind === "seed")
    return `<b>Backward</b>\n${span("up", `${d(G.names[G.root])}/${d(G.names[G.root])} = ${digits(number(G.seed))}`)}` +
      `\nThe root changes exactly as fast as itself.`;
  if (step.kind === "forward") {
    const n = step.node, name = G.names[n];
    return `<b>Forward</b>\n${span("to", name)} = ${safe(filled(G.formulas[n], n, named))}\n` +
      `<span class="soft">${" ".repeat([...name].length)}</span> = ` +
      `${safe(filled(G.formulas[n], n, o => bracketed(valueOf(o))))} = ${span("to", digits(data[n]))}`;
  }
  const b = back[step.k], root = d(G.names[G.root]), z = d(G.names[b.n]), x = d(G.names[b.t]);
  let text = `<b>Backward</b>\n${span("to", `${root}/${x}`)} += ${span("up", `${root}/${z}`)} · ` +
    `${span("edge", `${z}/${x}`)} = ${span("up", bracketed(b.up))} · ${span("edge", bracketed(b.slope))} = ` +
    `${span("to", digits(b.change))}`;
  const formula = b.f && (!moved || !b.w) ? filled(b.f, b.n, named) : "";
  if (formula) text += `\n${span("edge", `${z}/${x}`)} = ${safe(formula)}` +
    (formula === digits(b.slope) ? "" : ` = ${safe(digits(b.slope))}`);
  const all = back.filter(o => o.t === b.t), terms = back.slice(0, step.k + 1).filter(o => o.t === b.t);
  const sum = terms.length > 1 ? terms.map(o => bracketed(o.change)).join(" + ") + " = " : "";
  if (all.length > 1) text += `\n${safe(G.names[b.t])} is used ${all.length} times, so its contributions add up` +
    `${terms.length < all.length ? " so far" : ""}: ${safe(`${root}/${x} = ${sum}`)}${span("to", digits(b.after))}`;
  return text;
}

function toldFrame(k) {
  const here = G.frames[k], next = G.frames[k + 1];
  const rows = G.ops.flatMap((op, i) => op || G.names[i] === "" ? [] : [i]).map(i => {
    const x = number(here.data[i]), g = here.grads[i], to = next && number(next.data[i]);
    return {i, x, g: g === null ? null : number(g), to, change: next ? to - x : 0, box: G.boxes[i]};
  }).filter(r => r.change || r.g).sort((a, b) => a.box.localeCompare(b.box, "en", {numeric: true}) || a.i - b.i);
  const headed = (r, j) => r.box && (!j || rows[j - 1].box !== r.box) ? `<tr><th colspan="5">${safe(r.box)}</th></tr>` : "";
  return `<b>Training step ${k + 1} of ${G.frames.length}</b>: ${safe(G.names[G.root])} = ` +
    `${span("to", digits(number(here.data[G.root])))}\n` +
    (rows.length ? `<table id="rows">${rows.map((r, j) => `${headed(r, j)}<tr><td>${safe(G.names[r.i])}</td><td>${safe(digits(r.x))}</td>` +
      `<td class="up">∂ ${r.g === null ? "" : safe(digits(r.g))}</td>` +
      (next ? `<td class="edge">${r.change < 0 ? "" : "+"}${safe(digits(r.change))}</td><td class="to">= ${safe(digits(r.to))}</td>` : "") +
      `</tr>`).join("")}</table>` : "");
}

// The picture at a step.
let at = 0, timer = null;
function show(k) {
  at = Math.max(0, Math.min(steps.length - 1, k));
  const step = steps[at], born = [], sums = {};
  let grads = sums;
  if (step.kind === "frame") {
    data = numbers(G.frames[at].data);
    constants.forEach((card, j) => { card.textContent = short(number(G.frames[at].constants[j])); });
    grads = {};
    G.frames[at].grads.forEach((g, i) => { if (g !== null) grads[i] = number(g); });
  } else if (at >= firstBackward) {
    sums[G.root] = number(G.seed);
    for (let j = 0; j < at - firstBackward; j++) sums[back[j].t] = back[j].after;
  }
  const most = Math.max(0, ...Object.values(grads).map(Math.abs).filter(isFinite));
  computed.forEach((node, j) => { born[node] = step.kind === "frame" || at > j; });
  const b = step.kind === "backward" ? back[step.k] : null;
  for (const [i, card] of Object.entries(cards)) {
    card.classList.toggle("unborn", Boolean(G.ops[i]) && !born[i]);
    card.classList.toggle("up", b ? b.n == i : false);
    card.classList.toggle("to", b ? b.t == i : step.node == i || step.kind === "seed" && G.root == i);
    const strip = card.querySelector(".grad");
    card.querySelector(".data").textContent = figure(data[i]);
    if (strip) {
      strip.classList.toggle("none", !(i in grads));
      if (i in grads) {
        strip.querySelector("rect").style.fill = heat(grads[i], most);
        strip.lastElementChild.textContent = figure(grads[i]);
      }
    }
  }
  const on = new Set();
  if (b) on.add(`${cardOf[b.n]}-${b.slot}`);
  if (step.kind === "forward") wiresInto(step.node).forEach(key => on.add(key));
  for (const [key, wire] of Object.entries(wires)) wire.classList.toggle("on", on.has(key));
  for (const c of back) {
    const label = locals[`${cardOf[c.n]}-${c.slot}`];
    if (!label) continue;
    label.style.visibility = born[c.n] ? "" : "hidden";
    label.textContent = short(c.slope);
  }
  $("panel").innerHTML = told(step);
  $("scrub").value = at;
  $("scrub").setAttribute("aria-valuetext", `step ${at + 1} of ${steps.length}`);
  $("count").textContent = `${at + 1} / ${steps.length}`;
  list.forEach((item, j) => item.classList.toggle("now", j === at));
  try { history.replaceState(null, "", `#step=${at + 1}`); } catch (refused) { /* a page inside of a page has no address */ }
  reveal(b ? [b.t, b.n] : step.node !== undefined ? [step.node] : []);
}
function reveal(shown) {
  const stage = $("stage"), view = stage.getBoundingClientRect();
  const boxes = shown.filter(i => cards[i]).map(i => cards[i].getBoundingClientRect());
  if (!boxes.length) return;
  const left = Math.min(...boxes.map(r => r.left)), right = Math.max(...boxes.map(r => r.right));
  const top = Math.min(...boxes.map(r => r.top)), bottom = Math.max(...boxes.map(r => r.bottom));
  const dx = left < view.left ? left - view.left - 20 : right > view.right ? Math.min(right - view.right + 20, left - view.left - 20) : 0;
  const dy = top < view.top ? top - view.top - 20 : bottom > view.bottom ? Math.min(bottom - view.bottom + 20, top - view.top - 20) : 0;
  if (dx || dy) stage.scrollBy({left: dx, top: dy, behavior: "smooth"});
}
function fit() {
  const stage = $("stage"), [, , w, h] = svg.getAttribute("viewBox").split(" ").map(Number);
  const scale = Math.max(.7, Math.min(1, stage.clientWidth / w));
  svg.setAttribute("width", w * scale);
  svg.setAttribute("height", h * scale);
}

// Controls.
const icon = path => `<svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true"><path d="${path}"/></svg>`;
function play(on) {
  clearInterval(timer);
  timer = null;
  if (on) {
    if (at === steps.length - 1) show(0);
    timer = setInterval(() => at === steps.length - 1 ? play(false) : show(at + 1), G.pace);
  }
  $("play").innerHTML = icon(on ? "M3 2h4v12H3zM9 2h4v12H9z" : "M3 1l11 7-11 7z");
  $("play").setAttribute("aria-label", on ? "Pause" : "Play");
}
function go(k) { play(false); show(k); }
const actions = {
  start: () => go(0), back: () => go(at - 1), play: () => play(!timer), next: () => go(at + 1), end: () => go(steps.length - 1),
};
const icons = {start: "M2 2h3v12H2zM14 2v12L6 8z", back: "M12 1v14L3 8z", next: "M4 1l9 7-9 7z", end: "M11 2h3v12h-3zM2 2l8 6-8 6z"};
for (const [id, action] of Object.entries(actions)) {
  if (icons[id]) $(id).innerHTML = icon(icons[id]);
  $(id).addEventListener("click", action);
}
$("scrub").max = steps.length - 1;
$("scrub").addEventListener("input", event => go(Number(event.target.value)));
document.addEventListener("keydown", event => {
  if (event.target.matches("input[type=number],summary") || event.ctrlKey || event.metaKey || event.altKey) return;
  const keys = {
    " ": actions.play, ArrowRight: actions.next, ArrowLeft: actions.back, Home: actions.start, End: actions.end,
    b: () => go(G.frames ? at : firstBackward),
  };
  if (!keys[event.key] || event.key === " " && event.target.matches("button")) return;
  event.preventDefault();
  keys[event.key]();
});
const touches = (step, i) => step.kind === "forward" && step.node === i || step.kind === "seed" && i === G.root ||
  step.kind === "backward" && G.backward[step.k].t === i || step.kind === "leaves" && !G.ops[i];
function click(i) {  // the next step that changes this node
  for (let j = 1; j <= steps.length; j++) {
    const k = (at + j) % steps.length;
    if (touches(steps[k], i)) return go(k);
  }
}

// The leaves' numbers: typed, or dragged on the card.
function change(i, x) {
  moved = true;
  data[i] = x;
  refresh();
}
function reset() {
  moved = false;
  data = recorded.data.slice();
  for (const [i, input] of Object.entries(inputs)) input.value = data[i];
  refresh();
  list.forEach((item, k) => { item.textContent = original[k]; });
}
function refresh() {
  compute();
  show(at);
  $("moved").hidden = !moved;
  steps.forEach((step, k) => {
    list[k].innerHTML = told(step).replace(/^<b>.*<\/b>\n/, "").replace(/\n<span class="soft"> *<\/span> =/, " =")
      .replace(/\n/g, "; ");
  });
}
const list = [...document.querySelectorAll("#told li")], original = list.map(item => item.textContent);
const inputs = {};
if (G.live) {
  G.ops.forEach((op, i) => {
    if (op) return;
    const label = document.createElement("label"), input = document.createElement("input");
    Object.assign(input, {type: "number", step: "any", value: data[i]});
    label.append(G.names[i], input);
    input.addEventListener("input", () => {
      const wrong = input.value === "" || !isFinite(input.value);
      input.setAttribute("aria-invalid", wrong);
      if (!wrong) change(i, Number(input.value));
    });
    input.addEventListener("change", () => {  // what is no number does not stay
      if (input.getAttribute("aria-invalid") === "true") input.value = data[i];
      input.setAttribute("aria-invalid", false);
    });
    $("leaves").append(label);
    inputs[i] = input;
  });
  $("reset").addEventListener("click", reset);
}
for (const [key, card] of Object.entries(cards)) {
  const i = Number(key);
  let from = null, dragged = false;
  card.addEventListener("click", () => { if (!dragged) click(i); });
  if (!G.live || G.ops[i]) continue;
  card.classList.add("leaf");
  card.addEventListener("pointerdown", event => {
    from = {x: event.clientX, value: data[i]};
    dragged = false;
    card.setPointerCapture(event.pointerId);
  });
  card.addEventListener("pointermove", event => {
    if (!from || !dragged && Math.abs(event.clientX - from.x) < 4) return;
    dragged = true;
    const x = Number((from.value + (event.clientX - from.x) * Math.max(Math.abs(from.value), 1) / 100).toPrecision(4));
    inputs[i].value = x;
    change(i, x);
  });
  for (const kind of ["pointerup", "pointercancel"]) card.addEventListener(kind, () => { from = null; });
}

document.documentElement.classList.add("js");
$("leaves-box").hidden = !G.live;
compute();
play(false);
fit();
addEventListener("resize", fit);
const asked = () => Number((/step=(\d+)/.exec(location.hash) || [])[1] || 1) - 1;
addEventListener("hashchange", () => { if (asked() !== at) go(asked()); });
show(asked());
