// What each core did in the last minute, drawn on a canvas: a row for each core, a stretch for each run of slices.

import { find } from "./dom.js";

const SECONDS = 60;
const LABEL = 150, AXIS = 22, GAP = 10;
const canvas = find("timeline");
let spans = [];

export function addSpans(more, reset) {
  const last = reset || !spans.length ? 0 : spans[spans.length - 1].number;
  spans = (reset ? [] : spans).concat(more.filter((span) => span.number > last));
}

export function drawTimeline(workers, now) {
  spans = spans.filter((span) => span.ended > now - SECONDS - 1);
  const cores = workers.reduce((sum, worker) => sum + worker.cores, 0);
  const pitch = cores <= 32 ? 16 : cores <= 96 ? 9 : 5;
  const width = canvas.parentElement.clientWidth;
  const height = AXIS + workers.reduce((sum, worker) => sum + worker.cores * pitch + GAP, 0);
  const context = prepare(width, height);
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(name);
  const left = width < 560 ? 0 : LABEL;
  const place = (moment) => left + ((moment - (now - SECONDS)) / SECONDS) * (width - left);
  const top = new Map();
  let y = AXIS;
  context.font = "12px system-ui, sans-serif";
  drawAxis(context, colour, place, now, left, height);
  for (const worker of [...workers].sort((a, b) => a.address.localeCompare(b.address))) {
    top.set(worker.id, y);
    context.fillStyle = colour("--raised");
    for (let core = 0; core < worker.cores; core += 1) context.fillRect(left, y + core * pitch, width - left, pitch - 2);
    if (left) {
      context.fillStyle = colour("--muted");
      context.fillText(worker.address, 0, y + 12, LABEL - 10);
    }
    y += worker.cores * pitch + GAP;
  }
  for (const span of spans) {
    if (!top.has(span.worker)) continue;
    const from = Math.max(left, place(span.began)), to = Math.min(width, place(span.ended));
    context.fillStyle = colour(span.tier === "compiled" ? "--compiled" : "--interpreted");
    // half a pixel more, so that stretches told one after the other touch
    if (to > from) context.fillRect(from, top.get(span.worker) + span.core * pitch, Math.max(1, to - from + 0.5), pitch - 2);
  }
  const slices = spans.reduce((sum, span) => sum + span.slices, 0);
  canvas.setAttribute("aria-label", `${slices} slices on ${cores} cores in the last minute`);
  find("timeline-empty").hidden = spans.length > 0;
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
