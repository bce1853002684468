// The waterfall of one trace. All data comes from the element #data; text of the data only ever becomes text nodes.
(async () => {
"use strict";
const $ = (id) => document.getElementById(id);
const make = (tag, className, text) => {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
};

async function read() {
  const text = $("data").textContent.trim();
  if (text.startsWith("{")) return JSON.parse(text);
  const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return JSON.parse(await new Response(stream).text());
}

let data;
try {
  data = await read();
} catch (error) {
  $("notice").textContent = "This browser cannot unpack the trace; one from 2023 or later can.";
  $("notice").hidden = false;
  return;
}

const KINDS = ["unspecified", "internal", "server", "client", "producer", "consumer"];
const HUES = [255, 165, 62, 308, 215, 125, 345, 282, 95, 190];
const ERROR = 2;
const total = Math.max(data.total, 1);

function duration(ns) {
  const sign = ns < 0 ? "-" : "";
  ns = Math.abs(ns);
  const digits = (x, unit) => sign + Number(x.toFixed(x >= 100 ? 0 : x >= 10 ? 1 : 2)) + unit;
  if (ns === 0) return "0s";
  if (ns < 1e3) return sign + ns + "ns";
  if (ns < 999500) return digits(ns / 1e3, "µs");
  if (ns < 999.5e6) return digits(ns / 1e6, "ms");
  if (ns < 6e10) return digits(ns / 1e9, "s");
  if (ns < 3.6e12) return sign + Math.floor(ns / 6e10) + "m" + Math.floor((ns % 6e10) / 1e9) + "s";
  return sign + Math.floor(ns / 3.6e12) + "h" + Math.floor((ns % 3.6e12) / 6e10) + "m";
}

// Unix nanoseconds do not fit into a number.
function clock(offset) {
  const ns = BigInt(data.start) + BigInt(Math.round(offset));
  const seconds = new Date(Number(ns / 1000000000n) * 1000).toISOString().slice(0, 19).replace("T", " ");
  return seconds + "." + String(ns % 1000000000n).padStart(9, "0") + " UTC";
}

// Lines -----------------------------------------------------------------------------------------------------------

const lines = data.depth.map((depth, at) => ({
  at, depth, parent: null, children: 0, folded: false, row: null,
  lost: data.lost[at],
  name: data.names[data.name[at]],
  service: data.services[data.service[at]],
  hue: HUES[data.service[at] % HUES.length],
  id: data.id[at], start: data.from[at], length: data.length[at], duration: data.duration[at] ?? data.length[at],
  kind: KINDS[data.kind[at]], failed: data.status[at] === ERROR, status: data.status[at],
  onPath: false, own: [], more: data.more[at] || null,
}));
for (const at of data.path) lines[at].onPath = true;
for (let i = 0; i < data.own.length; i += 3) lines[data.own[i]].own.push([data.own[i + 1], data.own[i + 2]]);
{
  const open = [];
  for (const line of lines) {
    open.length = line.depth;
    line.parent = open[line.depth - 1] || null;
    if (line.parent) line.parent.children += 1;
    open.push(line);
  }
}
const spans = lines.filter((line) => !line.lost);
const byId = new Map(spans.map((line) => [line.id, line]));
const failed = spans.filter((line) => line.failed);

function pairs(flat) {
  const all = [];
  for (let i = 0; flat && i < flat.length; i += 2) all.push([data.keys[flat[i]], flat[i + 1]]);
  return all;
}
const valueText = (value) => (Array.isArray(value) ? value[0] : value);

function haystack(line) {
  if (line.text === undefined) {
    const parts = [line.name, line.service, line.id, line.kind, line.failed ? "error" : ""];
    const add = (flat) => { for (const [key, value] of pairs(flat)) parts.push(key + "=" + valueText(value)); };
    const more = line.more;
    if (more) {
      if (more.m) parts.push(more.m);
      add(more.a);
      for (const event of more.e || []) { parts.push(event[0]); add(event[2]); }
      for (const link of more.l || []) { parts.push(link[0], link[1]); add(link[2]); }
    }
    add(data.resources[data.resource[line.at]]);
    line.text = parts.join("\n").toLowerCase();
  }
  return line.text;
}

// Rows ------------------------------------------------------------------------------------------------------------

const tree = $("tree");
// Deeper levels are drawn at this one's place, so that names keep some room.
const DEEPEST = 24;
const EVENTS_DRAWN = 60;

function place(element, start, length) {
  element.style.setProperty("--t", start / total);
  element.style.setProperty("--l", length / total);
  return element;
}

function draw(line) {
  const row = make("div", "row");
  line.row = row;
  row.setAttribute("role", "row");
  row.setAttribute("aria-level", line.depth + 1);
  row.tabIndex = -1;
  row.dataset.at = line.at;
  row.style.setProperty("--d", Math.min(line.depth, DEEPEST));
  const name = make("div", "name");
  name.setAttribute("role", "gridcell");
  row.append(name);
  if (line.children) {
    const fold = make("button", "fold", "▼");
    fold.type = "button";
    fold.tabIndex = -1;
    fold.setAttribute("aria-label", "Fold");
    name.append(fold);
    row.setAttribute("aria-expanded", "true");
  } else {
    name.append(make("span", "leaf"));
  }
  if (line.lost) {
    row.classList.add("lost");
    name.append(make("span", "what", line.lost));
    return row;
  }
  row.style.setProperty("--hue", line.hue);
  row.classList.toggle("failed", line.failed);
  row.classList.toggle("on-path", line.onPath);
  const swatch = make("span", "swatch");
  name.append(swatch);
  if (line.failed) {
    const mark = make("span", "bad-mark", "✗");
    mark.title = "error";
    name.append(mark);
  }
  if (line.onPath) {
    const mark = make("span", "path-mark", "●");
    mark.title = "on the critical path";
    name.append(mark);
  }
  line.nameParts = [make("span", "service", line.service), make("span", "what", line.name || "(no name)")];
  name.append(...line.nameParts);
  name.title = line.service + ": " + line.name;
  if (line.children) {
    line.count = make("span", "below");
    line.count.hidden = true;
    name.append(line.count);
  }
  const time = make("div", "time");
  time.setAttribute("role", "gridcell");
  time.setAttribute("aria-label", duration(line.duration));
  time.append(place(make("div", "bar"), line.start, line.length));
  for (const [start, length] of line.own) time.append(place(make("div", "own"), start, length));
  const events = (line.more && line.more.e) || [];
  for (const event of events.slice(0, EVENTS_DRAWN)) {
    const tick = place(make("div", "tick"), event[1], 0);
    tick.title = event[0] + " +" + duration(event[1] - line.start);
    time.append(tick);
  }
  line.label = place(make("span", "label", duration(line.duration)), line.start, line.length);
  time.append(line.label);
  row.append(time);
  return row;
}

{
  const all = document.createDocumentFragment();
  for (const line of lines) all.append(draw(line));
  tree.append(all);
}

// What is visible -------------------------------------------------------------------------------------------------

let words = [];
let pathAlone = false;
let shown = lines;

function matches(line) {
  if (line.lost) return false;
  if (pathAlone && !line.onPath) return false;
  return words.every((word) => haystack(line).includes(word));
}

function show() {
  const narrowed = words.length > 0 || pathAlone;
  const hit = new Set();
  const kept = new Set();
  if (narrowed) {
    for (const line of lines) {
      if (!matches(line)) continue;
      hit.add(line);
      for (let up = line; up && !kept.has(up); up = up.parent) kept.add(up);
    }
  }
  const hidden = new Set();
  shown = [];
  for (const line of lines) {
    const below = line.parent && (hidden.has(line.parent) || line.parent.folded);
    // What was looked for is shown even if it is folded away.
    const visible = narrowed ? kept.has(line) : !below;
    if (below) hidden.add(line);
    line.row.hidden = !visible;
    line.row.classList.toggle("aside", narrowed && visible && !hit.has(line));
    if (visible) shown.push(line);
    if (line.children) {
      line.row.setAttribute("aria-expanded", String(!line.folded || narrowed));
      if (line.count) {
        line.count.hidden = !line.folded || narrowed;
        if (line.folded && !line.count.textContent) line.count.textContent = "+" + descendants(line);
      }
    }
  }
  $("count").textContent = words.length ? hit.size + " of " + spans.length : "";
  $("nothing").hidden = shown.length > 0;
  const folding = lines.filter((line) => line.children);
  $("fold").textContent = folding.length && folding.every((line) => line.folded) ? "Unfold all" : "Fold all";
  highlight();
  if (!picked || picked.row.hidden) rove(shown[0]);
}

function descendants(line) {
  let count = 0;
  for (let at = line.at + 1; at < lines.length && lines[at].depth > line.depth; at += 1) count += 1;
  return count;
}

function highlight() {
  for (const line of spans) {
    if (!line.marked && !words.length) continue;
    line.marked = words.length > 0;
    for (const part of line.nameParts) {
      const text = part.textContent;
      const lower = text.toLowerCase();
      const word = lower.length === text.length && words.find((word) => lower.includes(word));
      if (!word) {
        part.textContent = text;
        continue;
      }
      const from = lower.indexOf(word);
      part.replaceChildren(text.slice(0, from), make("mark", "", text.slice(from, from + word.length)), text.slice(from + word.length));
    }
  }
}

function fold(line, folded) {
  if (!line.children || line.folded === folded) return;
  line.folded = folded;
  show();
}

function reveal(line) {
  let changed = false;
  for (let up = line.parent; up; up = up.parent) {
    changed ||= up.folded;
    up.folded = false;
  }
  if (line.row.hidden && (words.length || pathAlone)) {
    $("filter").value = "";
    words = [];
    setPathAlone(false);
    changed = true;
  }
  if (changed) show();
}

// The picked span -------------------------------------------------------------------------------------------------

let picked = null;
let panelOpen = false;
let tabStop = null;

function rove(line) {
  if (tabStop) tabStop.row.tabIndex = -1;
  tabStop = line || null;
  if (tabStop) tabStop.row.tabIndex = 0;
}

function pick(line, { open = panelOpen, focus = true } = {}) {
  if (!line) return;
  reveal(line);
  if (picked) {
    picked.row.classList.remove("picked");
    picked.row.removeAttribute("aria-selected");
  }
  picked = line;
  line.row.classList.add("picked");
  line.row.setAttribute("aria-selected", "true");
  rove(line);
  if (focus) line.row.focus({ preventScroll: true });
  setPanel(open && !line.lost);
  scrollTo(line.row);
}

function scrollTo(row) {
  const box = row.getBoundingClientRect();
  const top = headHeight() + 34;
  const sheet = panelOpen && matchMedia("(max-width: 900px)").matches ? $("panel").offsetHeight : 0;
  const bottom = innerHeight - sheet - 10;
  if (box.top < top) scrollBy(0, box.top - top - 40);
  else if (box.bottom > bottom) scrollBy(0, box.bottom - bottom + 40);
}

function setPanel(open) {
  panelOpen = open;
  $("panel").hidden = !open;
  document.body.classList.toggle("with-panel", open);
  if (open) $("panel").replaceChildren(...details(picked));
  measure();
}

// The keys go on where they were.
function closePanel() {
  setPanel(false);
  if (picked) picked.row.focus({ preventScroll: true });
}

function values(list, mono) {
  const dl = make("dl", "values");
  for (const [key, value] of list) {
    dl.append(make("dt", "", key), make("dd", Array.isArray(value) ? "typed" : mono ? "mono" : "", valueText(value)));
  }
  return dl;
}

function section(title, count, open, ...content) {
  const details = make("details");
  details.open = open;
  const summary = make("summary", "", title + " ");
  summary.append(make("small", "", count));
  details.append(summary, ...content);
  return details;
}

function jump(line, text) {
  const button = make("button", "jump", text);
  button.type = "button";
  button.addEventListener("click", () => pick(line));
  return button;
}

function details(line) {
  const more = line.more || {};
  const out = [];
  const top = make("div", "top");
  const close = make("button", "close", "✕");
  close.type = "button";
  close.setAttribute("aria-label", "Close");
  close.addEventListener("click", closePanel);
  const zoom = make("button", "", "Zoom");
  zoom.type = "button";
  zoom.title = "Zoom to the span (z)";
  zoom.addEventListener("click", () => zoomTo(line));
  top.append(make("h2", "", line.name || "(no name)"), zoom, close);
  const of = make("p", "of");
  of.style.setProperty("--hue", line.hue);
  of.append(make("span", "swatch"), make("span", "", line.service || "(no service)"));
  out.push(top, of);
  if (line.failed) out.push(make("p", "message", "✗ " + (more.m || "error")));
  else if (more.m) out.push(make("p", "message", more.m));
  const figures = make("dl", "figures");
  const figure = (title, content, className) => {
    const box = make("div", className && "wide");
    const dd = make("dd", className === "mono" && className);
    dd.append(content);
    box.append(make("dt", "", title), dd);
    figures.append(box);
  };
  figure("Duration", duration(line.duration));
  figure("Starts after", duration(line.start));
  if (line.onPath) figure("On the critical path", duration(line.own.reduce((sum, own) => sum + own[1], 0)));
  if (line.kind !== "unspecified") figure("Kind", line.kind);
  figure("Status", ["unset", "ok", "error"][line.status]);
  if (line.children) figure("Children", String(line.children));
  figure("Start", clock(line.start), "wide");
  figure("Span id", line.id, "mono");
  if (line.parent && !line.parent.lost) figure("Parent", jump(line.parent, line.parent.name || line.parent.id), "wide");
  out.push(figures);
  if (more.w) out.push(make("p", "notice", more.w));
  const attributes = pairs(more.a);
  if (attributes.length) out.push(section("Attributes", attributes.length, true, values(attributes)));
  if (more.e) {
    const events = more.e.map(([name, time, flat]) => {
      const box = make("div", "event");
      const head = make("div");
      head.append(make("b", "", name || "(no name)"), " ", make("time", "", "at " + duration(time - line.start)));
      box.append(head);
      const list = pairs(flat);
      if (list.length) box.append(values(list));
      return box;
    });
    out.push(section("Events", more.e.length, true, ...events));
  }
  if (more.l) {
    const links = more.l.map(([trace, span, flat]) => {
      const box = make("div", "event");
      const target = trace === data.trace && byId.get(span);
      const list = values([["trace", trace], ["span", span]], true);
      box.append(list);
      if (target) box.append(jump(target, "go to " + (target.name || span)));
      const attributes = pairs(flat);
      if (attributes.length) box.append(values(attributes));
      return box;
    });
    out.push(section("Links", more.l.length, true, ...links));
  }
  const resource = pairs(data.resources[data.resource[line.at]]);
  if (resource.length) out.push(section("Resource", resource.length, true, values(resource)));
  const scope = data.scopes[data.scope[line.at]];
  if (scope) {
    const list = [["name", scope[0]], ["version", scope[1]], ...pairs(scope[2])].filter(([, value]) => value !== "");
    if (list.length) out.push(section("Instrumentation", scope[0], false, values(list)));
  }
  if (data.bare && !line.more) out.push(make("p", "notice", "What this span holds was left out of the page."));
  return out;
}

// Time ------------------------------------------------------------------------------------------------------------

let view = [0, 1];

function setView(from, to) {
  const least = Math.min(1, 20 / total);
  if (to - from < least) {
    const middle = (from + to) / 2;
    from = middle - least / 2;
    to = middle + least / 2;
  }
  from = Math.max(0, Math.min(from, 1 - least));
  view = [from, Math.min(1, Math.max(to, from + least))];
  const zoom = 1 / (view[1] - view[0]);
  document.documentElement.style.setProperty("--from", view[0]);
  document.documentElement.style.setProperty("--zoom", zoom);
  const whole = view[0] === 0 && view[1] === 1;
  $("whole").hidden = whole;
  $("brush").hidden = whole;
  $("brush").style.left = view[0] * 100 + "%";
  $("brush").style.width = (view[1] - view[0]) * 100 + "%";
  drawAxis();
  placeLabels();
}

function drawAxis() {
  const axis = $("axis");
  const width = axis.clientWidth;
  const room = Math.max(1, Math.floor(width / 74));
  const [from, to] = view.map((part) => part * total);
  const steps = [];
  for (let power = 1; power < 1e10; power *= 10) steps.push(power, 2 * power, 5 * power);
  for (const seconds of [15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21600, 43200, 86400]) steps.push(seconds * 1e9);
  for (let days = 2; days < 1e6; days *= 2) steps.push(days * 86400e9);
  steps.sort((a, b) => a - b);
  let at = steps.findIndex((step) => (to - from) / step <= room);
  let ticks = [];
  // The first step may leave only one time; a finer one has more than that.
  for (; at >= 0 && ticks.length < 2; at -= 1) {
    ticks = [];
    for (let tick = Math.ceil(from / steps[at]) * steps[at]; tick <= to && ticks.length < 60; tick += steps[at]) {
      const part = (tick - from) / (to - from);
      if (width * (1 - part) < 44) break;
      const span = make("span", "", tick === 0 ? "0" : duration(Math.round(tick)));
      span.style.left = part * 100 + "%";
      ticks.push(span);
    }
  }
  axis.replaceChildren(...ticks);
}

// Behind the bar if there is room, else before it, else in it.
function placeLabels() {
  const width = $("axis").clientWidth;
  const [from, to] = view;
  for (const line of spans) {
    const start = ((line.start / total - from) / (to - from)) * width;
    const end = (((line.start + line.length) / total - from) / (to - from)) * width;
    const behind = width - end > 62;
    const before = !behind && start > 62;
    line.label.className = "label" + (behind ? "" : before ? " before" : " inside");
    line.label.hidden = end < 0 || start > width;
  }
}

function drawMap() {
  const canvas = $("canvas");
  const ratio = devicePixelRatio || 1;
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  canvas.width = width * ratio;
  canvas.height = height * ratio;
  const pen = canvas.getContext("2d");
  pen.scale(ratio, ratio);
  const style = getComputedStyle(document.documentElement);
  const [lit, chroma, error] = ["--lit", "--chroma", "--error"].map((name) => style.getPropertyValue(name).trim());
  const step = (height - 8) / Math.max(lines.length, 6);
  const thick = Math.max(1, Math.min(step - 1, 5));
  for (const line of spans) {
    const y = 4 + line.at * step;
    const bar = (start, length, alpha) => {
      pen.globalAlpha = alpha;
      pen.fillRect((start / total) * width, y, Math.max(1, (length / total) * width), thick);
    };
    pen.fillStyle = line.failed ? error : "oklch(" + lit + " " + chroma + " " + line.hue + ")";
    bar(line.start, line.length, 0.45);
    for (const [start, length] of line.own) bar(start, length, 1);
  }
}

// Events ----------------------------------------------------------------------------------------------------------

const headHeight = () => document.querySelector("header").offsetHeight;
function measure() {
  document.documentElement.style.setProperty("--head", headHeight() + "px");
  drawAxis();
  placeLabels();
}

tree.addEventListener("click", (event) => {
  const row = event.target.closest(".row");
  if (!row) return;
  const line = lines[row.dataset.at];
  if (event.target.closest(".fold") || line.lost) {
    fold(line, !line.folded);
    pick(line, { open: panelOpen });
  } else {
    pick(line, { open: true });
  }
});

function step(by) {
  const at = shown.indexOf(picked || tabStop);
  pick(shown[Math.max(0, Math.min(shown.length - 1, picked ? at + by : 0))]);
}

function next(list) {
  if (!list.length) return;
  const at = picked ? picked.at : -1;
  pick(list.find((line) => line.at > at) || list[0], { open: true });
}

function zoomTo(line) {
  if (!line || line.lost) return;
  const pad = line.length * 0.08;
  setView((line.start - pad) / total, (line.start + line.length + pad) / total);
}

function setPathAlone(on) {
  pathAlone = on;
  $("path").setAttribute("aria-pressed", String(on));
}

function foldAll() {
  const folded = lines.some((line) => line.children && !line.folded);
  for (const line of lines) line.folded = folded && line.children > 0;
  if (folded && picked) {
    let top = picked;
    while (top.parent) top = top.parent;
    show();
    pick(top);
  }
  show();
}

function help() {
  $("help").hidden = !$("help").hidden;
  $("keys").setAttribute("aria-expanded", String(!$("help").hidden));
  measure();
}

const actions = {
  ArrowDown: () => step(1), ArrowUp: () => step(-1), j: () => step(1), k: () => step(-1),
  PageDown: () => step(15), PageUp: () => step(-15),
  Home: () => pick(shown[0]), End: () => pick(shown[shown.length - 1]),
  ArrowRight: () => {
    if (!picked) return step(0);
    if (picked.folded) fold(picked, false);
    else if (picked.children) step(1);
  },
  ArrowLeft: () => {
    if (!picked) return;
    if (picked.children && !picked.folded) fold(picked, true);
    else if (picked.parent) pick(picked.parent);
  },
  Enter: () => picked && pick(picked, { open: !panelOpen }),
  " ": () => picked && pick(picked, { open: !panelOpen }),
  "/": () => $("filter").focus(),
  e: () => next(failed), c: () => next(spans.filter((line) => line.onPath)),
  p: () => $("path").click(), f: foldAll,
  z: () => zoomTo(picked), 0: () => setView(0, 1), "?": help,
  Escape: () => {
    if (!$("help").hidden) help();
    else if (panelOpen) closePanel();
    else if (words.length || pathAlone) clear();
    else setView(0, 1);
  },
};

function clear() {
  $("filter").value = "";
  words = [];
  setPathAlone(false);
  show();
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const inField = event.target === $("filter");
  if (inField) {
    if (event.key === "Escape") {
      if ($("filter").value) clear();
      else $("filter").blur();
    } else if (event.key === "Enter" || event.key === "ArrowDown") {
      event.preventDefault();
      pick(shown.find((line) => matches(line)) || shown[0], { open: event.key === "Enter" });
    }
    return;
  }
  // Buttons and the sections of the panel have keys of their own.
  if (event.target.closest("button:not(.fold), summary") && (event.key === "Enter" || event.key === " ")) return;
  if (event.target.closest("aside") && event.key !== "Escape") return;
  const action = Object.hasOwn(actions, event.key) && actions[event.key];
  if (!action) return;
  event.preventDefault();
  action();
});

$("filter").addEventListener("input", () => {
  words = $("filter").value.toLowerCase().split(/\s+/).filter(Boolean);
  show();
});
$("errors").addEventListener("click", () => next(failed));
$("path").addEventListener("click", () => { setPathAlone(!pathAlone); show(); });
$("fold").addEventListener("click", foldAll);
$("whole").addEventListener("click", () => setView(0, 1));
$("keys").addEventListener("click", help);

{
  const map = $("map");
  let from = null;
  const part = (event) => {
    const box = map.getBoundingClientRect();
    return Math.max(0, Math.min(1, (event.clientX - box.left) / box.width));
  };
  map.addEventListener("pointerdown", (event) => {
    from = part(event);
    map.setPointerCapture(event.pointerId);
  });
  map.addEventListener("pointermove", (event) => {
    if (from === null) return;
    const to = part(event);
    if (Math.abs(to - from) > 0.004) setView(Math.min(from, to), Math.max(from, to));
  });
  map.addEventListener("pointerup", () => { from = null; });
  map.addEventListener("pointercancel", () => { from = null; });
  map.addEventListener("dblclick", () => setView(0, 1));
}
{
  const grip = $("grip");
  let held = false;
  grip.addEventListener("pointerdown", (event) => {
    held = true;
    grip.setPointerCapture(event.pointerId);
    event.preventDefault();
  });
  grip.addEventListener("pointermove", (event) => {
    if (!held) return;
    const box = tree.getBoundingClientRect();
    const names = Math.max(90, Math.min(box.width - 90, event.clientX - box.left));
    document.documentElement.style.setProperty("--names", names + "px");
    drawAxis();
    placeLabels();
  });
  grip.addEventListener("pointerup", () => { held = false; });
}

addEventListener("resize", () => { measure(); drawMap(); });
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawMap);

// The head --------------------------------------------------------------------------------------------------------

{
  const head = $("headline");
  head.textContent = "";
  if (data.root) head.append(make("span", "service", data.root[0] ? data.root[0] + ": " : ""), data.root[1] || "(no name)");
  else head.append("(no root span)");
  const fact = (value, text, className) => {
    const span = make("span", className);
    if (value !== "") span.append(make("b", "", value), " ");
    span.append(text);
    return span;
  };
  const many = (n, word) => [String(n), word + (n === 1 ? "" : "s")];
  const facts = [
    fact("", data.trace, "mono"), fact("", data.started), fact(data.took, ""),
    fact(...many(data.spans, "span")), fact(...many(data.servicesCount, "service")),
  ];
  if (data.errors) facts.push(fact("✗ " + data.errors, data.errors === 1 ? "error" : "errors", "bad"));
  $("facts").append(...facts);
  $("errors").textContent = failed.length ? "✗ Next of " + failed.length : "No errors";
  $("errors").disabled = !failed.length;
  $("path").disabled = !data.path.length;
  $("fold").disabled = !lines.some((line) => line.children);
  if (data.notes.length) {
    $("notice").textContent = data.notes.join(" ");
    $("notice").hidden = false;
  }
}
measure();
setView(0, 1);
drawMap();
show();
})();
