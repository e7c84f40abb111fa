// What each core did in the last minute, drawn on a canvas: a row for each core, a stretch for each run of slices.

import { find } from "./dom.js";
import { plural } from "./format.js";
import { byAddress } from "./workers.js";

const SECONDS = 60;
const LABEL = 150, ABOVE = 18, AXIS = 22, GAP = 10; // pixels
const canvas = find("timeline");
let spans = [];

export function addSpans(more, reset) {
  const last = reset || !spans.length ? 0 : spans[spans.length - 1].number;
  spans = (reset ? [] : spans).concat(more.filter((span) => span.number > last));
}

export function drawTimeline(workers, now) {
  spans = spans.filter((span) => span.ended > now - SECONDS - 1);
  const width = canvas.parentElement.clientWidth;
  const isNarrow = width < 560;
  const left = isNarrow ? 0 : LABEL, above = isNarrow ? ABOVE : 0;
  const { lanes, height } = layOut(workers, above);
  const context = prepare(width, height);
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(name);
  const place = (moment) => left + ((moment - (now - SECONDS)) / SECONDS) * (width - left);
  context.font = "12px system-ui, sans-serif";
  drawAxis(context, colour, place, now, left, height);
  for (const { worker, top, pitch } of lanes.values()) {
    context.fillStyle = colour("--raised");
    for (let core = 0; core < worker.cores; core += 1) context.fillRect(left, top + core * pitch, width - left, thickness(pitch));
    context.fillStyle = colour("--muted");
    context.fillText(shorten(context, worker.address, isNarrow ? width : LABEL - 12), 0, above ? top - 4 : top + 12);
  }
  for (const span of spans) {
    const lane = lanes.get(span.worker);
    if (lane === undefined) continue;
    const from = Math.max(left, place(span.began)), to = Math.min(width, place(span.ended));
    context.fillStyle = colour(span.tier === "compiled" ? "--compiled" : "--interpreted");
    // half a pixel more, so that stretches told one after the other touch
    if (to > from) context.fillRect(from, lane.top + span.core * lane.pitch, Math.max(1, to - from + 0.5), thickness(lane.pitch));
  }
  const slices = spans.reduce((sum, span) => sum + span.slices, 0);
  canvas.setAttribute("aria-label", `${plural(slices, "slice")} on ${plural(countCores(workers), "core")} in the last minute`);
  find("timeline-empty").hidden = spans.length > 0;
}

const countCores = (workers) => workers.reduce((sum, worker) => sum + worker.cores, 0);

// Where each worker's cores are. Of many cores, a worker's stand close together and look like one row, filled as far as they are busy.
function layOut(workers, above) {
  const cores = countCores(workers), lanes = new Map();
  let y = AXIS;
  for (const worker of [...workers].sort(byAddress)) {
    const pitch = cores <= 32 ? 16 : cores <= 96 ? 9 : Math.max(1.5, 14 / worker.cores);
    lanes.set(worker.id, { worker, pitch, top: y + above });
    y += above + worker.cores * pitch + (cores <= 96 ? GAP : GAP / 2);
  }
  return { lanes, height: y };
}

const thickness = (pitch) => (pitch > 4 ? pitch - 2 : pitch);

function shorten(context, text, width) {
  if (context.measureText(text).width <= width) return text;
  let kept = text.length;
  while (kept > 1 && context.measureText(`${text.slice(0, kept)}…`).width > width) kept -= 1;
  return `${text.slice(0, kept)}…`;
}

function prepare(width, height) {
  const scale = window.devicePixelRatio || 1;
  canvas.width = width * scale;
  canvas.height = height * scale;
  canvas.style.height = `${height}px`;
  const context = canvas.getContext("2d");
  context.scale(scale, scale);
  context.clearRect(0, 0, width, height);
  return context;
}

function drawAxis(context, colour, place, now, left, height) {
  for (let ago = 50; ago >= 0; ago -= 10) {
    const x = place(now - ago);
    context.fillStyle = colour("--muted");
    context.textAlign = ago ? "center" : "right";
    context.fillText(ago ? `−${ago} s` : "now", x, 12);
    context.fillStyle = colour("--line");
    context.fillRect(x, AXIS - 4, 1, height - AXIS - 4);
  }
  context.textAlign = "left";
}
