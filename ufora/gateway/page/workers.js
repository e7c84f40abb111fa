// The table of workers.

import { Rows, cell, fill, find, make, say, sureButton } from "./dom.js";
import { bytes, plural, seconds } from "./format.js";
import { ask } from "./server.js";

// as people count: 10.0.0.9 comes before 10.0.0.10
export const byAddress = (a, b) => a.address.localeCompare(b.address, "en", { numeric: true });

let now = () => Date.now() / 1000;
const rows = new Rows(find("worker-rows"), makeRow);

export function showWorkers(workers, clockOfManager) {
  now = clockOfManager;
  rows.show([...workers].sort(byAddress));
  find("workers-empty").hidden = workers.length > 0;
}

function makeRow(item) {
  const address = make("b", { class: "num" }), cpu = make("span", { class: "small" });
  const badge = make("span", { class: "badge" });
  const cores = makeMeter(), memory = makeMeter();
  const version = make("span", { class: "num" }), python = make("span", { class: "small" });
  const drain = sureButton("Drain", () => ask(`/api/v1/workers/${encodeURIComponent(item.id)}/drain`));
  drain.title = "Let it hand over what it holds, leave, and stay out until it is started again";
  const joined = make("span", { class: "num" }), heard = make("span", { class: "num" });
  const element = make("div", { class: "row", role: "row", "data-worker": item.id },
    make("div", { role: "cell" }, address, make("br"), cpu), cell("State", badge), cell("Cores", cores.element), cell("Memory", memory.element),
    cell("Versions", version, make("br"), python), cell("Joined", joined), cell("Heard", heard), make("div", { role: "cell" }, drain));

  function update(told) {
    say(address, told.address);
    say(cpu, `${told.cpu.split("-")[0]} · ${plural(told.sessions, "session")}`);
    say(badge, told.state);
    badge.className = `badge ${told.state}`;
    drain.hidden = told.state === "draining";
    cores.update((told.cores_busy ?? 0) / told.cores, told.cores_busy === null ? `${told.cores}` : `${told.cores_busy.toFixed(1)} of ${told.cores} busy`);
    memory.update((told.memory_used_bytes ?? 0) / told.memory_bytes, `${bytes(told.memory_used_bytes ?? 0)} of ${bytes(told.memory_bytes)}`);
    say(version, `ufora ${told.version}`);
    say(python, told.python === null ? "" : `Python ${told.python}`);
    say(joined, `${seconds(Math.max(0, now() - told.joined))} ago`);
    const ago = Math.max(0, now() - told.heard);
    say(heard, ago < 1.5 ? "now" : `${seconds(ago)} ago`);
  }
  return { element, update };
}

function makeMeter() {
  const inner = make("div"), bar = make("div", { class: "bar" }, inner), note = make("span", { class: "small" });
  return {
    element: make("div", {}, bar, note),
    update(share, text) {
      fill(inner, share);
      say(note, text);
    },
  };
}
