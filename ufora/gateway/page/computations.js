// The table of computations, and what happened in each.

import { Rows, cell, fill, find, make, say, sureButton } from "./dom.js";
import { bytes, clock, count, percent, plural, seconds } from "./format.js";
import { ask, fetchJson } from "./server.js";

const ACTIVE = ["waiting", "running", "stopping"];
const REFRESH = 2000; // of what is told line by line of one that runs, milliseconds
let filter = "all";
let shown = [];
let now = () => Date.now() / 1000;

const search = find("search");
const rows = new Rows(find("computation-rows"), makeRow);

export function showComputations(computations, clockOfManager) {
  now = clockOfManager;
  shown = computations;
  const words = search.value.toLowerCase().split(/\s+/);
  const wanted = computations.filter((each) => (filter === "all" || ACTIVE.includes(each.state) === (filter === "active")) && fits(each, words));
  rows.show(wanted);
  find("computations-first").hidden = computations.length > 0;
  find("computations-empty").hidden = wanted.length > 0 || computations.length === 0;
  say(find("computations-empty"), words.some((word) => word) ? "None fits." : filter === "active" ? "Nothing is being computed." : "None has ended.");
}

const fits = (told, words) => words.every((word) => `${told.source} ${told.owner} ${told.id} ${told.state}`.toLowerCase().includes(word));

search.addEventListener("input", () => showComputations(shown, now));

for (const chip of document.querySelectorAll("[data-filter]")) {
  chip.addEventListener("click", () => {
    filter = chip.dataset.filter;
    for (const each of document.querySelectorAll("[data-filter]")) each.setAttribute("aria-pressed", String(each === chip));
    showComputations(shown, now);
  });
}

function makeRow(item) {
  const detailId = `detail-${item.id}`;
  const title = make("b"), who = make("span");
  const source = make("button", { type: "button", class: "source", "aria-expanded": "false", "aria-controls": detailId }, title, who);
  const badge = make("span", { class: "badge" });
  const progress = makeProgress();
  const tier = makeTier();
  const slices = make("span", { class: "num" }), time = make("span", { class: "num" });
  const cancel = sureButton("Cancel", () => ask(`/api/v1/computations/${item.id}/cancel`));
  const row = make("div", { class: "row", role: "row" }, make("div", { role: "cell" }, source), cell("State", badge),
    cell("Progress", progress.element), cell("Tier", tier.element), cell("Slices", slices), cell("Time", time),
    make("div", { role: "cell" }, cancel));
  const detail = makeDetail(detailId);
  const element = make("div", { "data-computation": item.id }, row, detail.element);
  let current = item;
  source.addEventListener("click", () => {
    const open = source.getAttribute("aria-expanded") !== "true";
    source.setAttribute("aria-expanded", String(open));
    detail.show(open, current);
  });

  function update(told) {
    current = told;
    say(title, told.source || "unnamed");
    say(who, told.owner || "somebody");
    const state = told.raised ? "raised" : told.state;
    say(badge, state);
    badge.className = `badge ${state}`;
    progress.update(told);
    tier.update(told);
    say(slices, told.slices || told.progress ? count(told.progress ? told.progress.slices_done : told.slices) : "–");
    say(time, told.started === null ? "–" : seconds((told.ended ?? now()) - told.started));
    cancel.hidden = !ACTIVE.includes(told.state);
    detail.update(told);
  }
  return { element, update };
}

function makeProgress() {
  const inner = make("div"), bar = make("div", { class: "bar", role: "progressbar", "aria-label": "Progress", "aria-valuemin": "0", "aria-valuemax": "100" }, inner);
  const note = make("span", { class: "small" });
  function update({ state, progress, raised, problem, result_bytes: size }) {
    const runs = state === "running" || state === "stopping";
    const fraction = runs ? progress?.fraction ?? null : null;
    bar.hidden = !runs;
    bar.classList.toggle("unknown", fraction === null);
    if (fraction === null) {
      bar.removeAttribute("aria-valuenow");
      inner.style.removeProperty("width");
    } else {
      bar.setAttribute("aria-valuenow", String(Math.round(100 * fraction)));
      fill(inner, fraction);
    }
    if (runs) {
      const left = progress?.seconds_left;
      say(note, fraction === null ? "running" : `${percent(fraction)}${left === null || left === undefined ? "" : `, ${seconds(left)} left`}`);
    } else if (state === "waiting") say(note, "in line");
    else if (problem) say(note, problem);
    else say(note, raised ? "an exception came home" : state === "done" && size !== null ? `result ${bytes(size)}` : "");
  }
  return { element: make("div", {}, bar, note), update };
}

function makeTier() {
  const c = make("i", { class: "c" }), i = make("i", { class: "i" });
  const share = make("div", { class: "share" }, c, i), note = make("span", { class: "small" });
  function update({ compiled, interpreted, deoptimisations }) {
    const all = compiled + interpreted;
    share.hidden = all === 0;
    if (all === 0) return say(note, "–");
    fill(c, compiled / all);
    fill(i, interpreted / all);
    const back = deoptimisations ? `, ${plural(deoptimisations, "deopt")}` : "";
    say(note, `${percent(compiled / all)} machine code${back}`);
  }
  return { element: make("div", {}, share, note), update };
}

function makeDetail(id) {
  const body = make("div", { class: "parts" }), code = makeCode();
  const element = make("div", { class: "detail", id, hidden: "" }, body, code.element);
  let open = false, state = "", told_at = 0;
  async function render(told) {
    state = told.state;
    told_at = Date.now();
    const parts = [facts(told)];
    if (told.advice) parts.unshift(make("div", { class: "advice" }, make("h3", {}, "What would help most"), told.advice));
    const kinds = Object.entries(told.seconds).filter(([, spent]) => spent >= 0.0005);
    if (kinds.length) {
      parts.push(make("div", {}, make("h3", {}, "Where the time went"), spent(kinds)));
    }
    const explanation = told.started !== null && told.kind === "block" ? await fetchJson(`/api/v1/computations/${told.id}/explanation`) : null;
    const heading = told.ended === null ? "Line by line, so far" : "Line by line";
    if (explanation?.lines.length) parts.push(make("div", {}, make("h3", {}, heading), lines(explanation.lines)));
    body.replaceChildren(...parts);
    code.update(told.id, explanation?.lines.some((line) => line.kernels.length) ?? false);
  }
  return {
    element,
    show(wanted, told) {
      open = wanted;
      element.hidden = !open;
      if (open) render(told);
    },
    update(told) {
      const isOld = told.ended === null && Date.now() - told_at > REFRESH;
      if (open && (told.state !== state || isOld)) render(told);
    },
  };
}

// The machine code, fetched when somebody wants to see it.
function makeCode() {
  const text = make("pre", { tabindex: "0" }), element = make("details", { hidden: "" }, make("summary", {}, "Machine code"), text);
  let id = "";
  element.addEventListener("toggle", async () => {
    if (!element.open) return;
    const told = await fetchJson(`/api/v1/computations/${id}/kernels`);
    say(text, told?.kernels.map((each) => each.text || `; ${each.path}, line ${each.line}: no worker keeps it any more`).join("\n\n") || "; none");
  });
  return {
    element,
    update(computation, isThere) {
      id = computation;
      element.hidden = !isThere;
    },
  };
}

// Time by kind: a bar of all, and each in words.
function spent(kinds) {
  const all = kinds.reduce((sum, [, amount]) => sum + amount, 0);
  const bar = make("div", { class: "stack", "aria-hidden": "true" }), list = make("ul", { class: "kinds" });
  for (const [kind, amount] of kinds) {
    const name = `kind-${kind.replaceAll(" ", "-")}`, part = make("i", { class: name });
    fill(part, amount / all);
    bar.append(part);
    list.append(make("li", {}, make("i", { class: `key ${name}`, "aria-hidden": "true" }), `${kind} ${seconds(amount)}`));
  }
  return make("div", {}, bar, list);
}

function facts(told) {
  const said = [`id ${told.id}`, `arrived ${clock(told.created)}`];
  if (told.started !== null) said.push(`waited ${seconds(told.started - told.created)}`);
  if (told.worker) said.push(`worker ${told.worker}`);
  if (told.losses) said.push(`${plural(told.losses, "worker")} lost while it ran`);
  if (told.core_seconds) said.push(`slices took ${seconds(told.core_seconds)} of core time`);
  if (told.problem) said.push(told.problem);
  return make("div", { class: "facts" }, ...said.map((each) => make("span", {}, each)));
}

function lines(all) {
  const items = all.slice(0, 20).map((line) => {
    const said = [`${line.path}, line ${line.line}`, seconds(line.seconds), line.tier, line.slices ? plural(line.slices, "slice") : "not cut"];
    if (line.why_interpreted && line.tier !== "compiled") said.push(`interpreted because ${line.why_interpreted}`);
    if (line.why_not_cut) said.push(`not cut because ${line.why_not_cut}`);
    for (const each of line.deoptimisations) {
      const path = each.path === line.path ? "" : ` ${each.path},`;
      said.push(`${plural(each.times, each.first === null ? "call" : "element")} left machine code,${path} line ${each.line}: ${each.why}`);
    }
    return make("li", {}, make("code", {}, line.text), make("span", { class: "small" }, said.join(" · ")));
  });
  return make("ul", { class: "lines" }, ...items);
}
