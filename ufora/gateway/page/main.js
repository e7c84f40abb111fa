// The page: log in where that is asked for, then show what the manager tells.

import { showComputations } from "./computations.js";
import { fill, find, make, say } from "./dom.js";
import { bytes, plural, seconds } from "./format.js";
import { addLines } from "./log.js";
import { ask } from "./server.js";
import { addSpans, drawTimeline } from "./timeline.js";
import { showWorkers } from "./workers.js";

const workers = new Map(), computations = new Map();
let status = null;
let offset = 0; // the manager's clock minus ours, seconds
let socket = null;

const now = () => Date.now() / 1000 + offset;

// Connection

async function start() {
  const response = await fetch("/api/v1/status").catch(() => null);
  if (response === null) return retry();
  const isAdmitted = response.status !== 401;
  if (!isAdmitted) showNothing();
  find("login").hidden = isAdmitted;
  find("cluster").hidden = !isAdmitted;
  if (!isAdmitted) {
    showLive("off", "not logged in");
    find("token").focus();
    return undefined;
  }
  if (!response.ok) return retry();
  return connect();
}

function retry() {
  showLive("off", "the manager cannot be reached");
  setTimeout(start, 2000);
}

function connect() {
  socket = window.io("/watch", { transports: ["websocket"], reconnection: false, forceNew: true });
  socket.on("connect", () => showLive("on", "live"));
  socket.on("all", takeAll);
  socket.on("changes", takeChanges);
  socket.on("connect_error", lose);
  socket.on("disconnect", lose);
}

function lose() {
  showLive("off", "connection lost, trying again");
  socket.close();
  setTimeout(start, 1000);
}

function showLive(kind, text) {
  find("live").className = `live ${kind}`;
  say(find("live"), text);
}

// What is told

function takeAll(all) {
  forget();
  for (const each of all.workers) workers.set(each.id, each);
  for (const each of all.computations) computations.set(each.id, each);
  addSpans(all.spans, true);
  addLines(all.lines, true);
  takeStatus(all.status);
}

function takeChanges(changes) {
  merge(workers, changes.workers);
  merge(computations, changes.computations);
  addSpans(changes.spans, false);
  addLines(changes.lines, false);
  takeStatus(changes.status);
}

function merge(known, { changed, gone }) {
  for (const each of changed) known.set(each.id, each);
  for (const id of gone) known.delete(id);
}

function takeStatus(told) {
  status = told;
  offset = told.now - Date.now() / 1000;
  show();
}

function forget() {
  workers.clear();
  computations.clear();
}

// nothing of what was told stays in the page, hidden or not
function showNothing() {
  forget();
  addSpans([], true);
  addLines([], true);
  if (status) show();
}

function show() {
  showTiles();
  showWorkers([...workers.values()], now);
  showComputations([...computations.values()].sort((a, b) => b.created - a.created), now);
  drawTimeline([...workers.values()], now());
}

function showTiles() {
  say(find("version"), status.version);
  find("open").hidden = !status.is_open;
  find("logout").hidden = !status.needs_token;
  say(find("tile-workers"), String(status.workers));
  say(find("tile-workers-note"), plural(status.sessions, "session"));
  figure("tile-cores", status.cores_busy.toFixed(1), ` of ${status.cores}`);
  fill(find("tile-cores-meter").firstElementChild, status.cores ? status.cores_busy / status.cores : 0);
  figure("tile-memory", bytes(status.memory_used_bytes), ` of ${bytes(status.memory_bytes)}`);
  fill(find("tile-memory-meter").firstElementChild, status.memory_bytes ? status.memory_used_bytes / status.memory_bytes : 0);
  say(find("tile-running"), String(status.running));
  say(find("tile-running-note"), `${status.waiting} waiting`);
  say(find("tile-up"), seconds(Math.max(0, status.now - status.started)));
  say(find("tile-up-note"), `Python ${status.python}`);
  document.title = status.running ? `ufora · ${status.running} running` : "ufora";
}

function figure(id, main, rest) {
  find(id).replaceChildren(main, make("small", {}, rest));
}

// What is done by hand

find("login-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  say(find("login-problem"), "");
  const response = await ask("/api/v1/login", { token: find("token").value });
  if (response?.status === 401) say(find("login-problem"), "This is not a token of this cluster.");
  if (!response?.ok) return;
  find("token").value = "";
  start();
});

find("logout").addEventListener("click", async () => {
  await ask("/api/v1/logout");
  socket?.close();
});

find("theme").addEventListener("click", () => {
  const isDark = getComputedStyle(document.documentElement).colorScheme === "dark";
  document.documentElement.dataset.theme = isDark ? "light" : "dark";
  localStorage.setItem("theme", document.documentElement.dataset.theme);
  if (status) show();
});

for (const each of document.querySelectorAll(".origin")) say(each, location.origin);
for (const each of document.querySelectorAll(".host")) say(each, location.hostname);

const theme = localStorage.getItem("theme");
if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
new ResizeObserver(() => status && show()).observe(find("cluster"));
start();
