// The last lines of all logs.

import { find, make } from "./dom.js";

const MOST = 500;
const box = find("log"), follow = find("follow");
let last = 0;

export function addLines(lines, reset) {
  if (reset) {
    box.replaceChildren();
    last = 0;
  }
  const fresh = lines.filter((line) => line.number > last);
  if (!fresh.length) return;
  last = fresh[fresh.length - 1].number;
  box.append(...fresh.map(show));
  while (box.childElementCount > MOST) box.firstElementChild.remove();
  if (follow.checked) box.scrollTop = box.scrollHeight;
}

function show({ source, text }) {
  const level = / (WARNING|ERROR|CRITICAL) /.exec(text)?.[1];
  const kind = level === undefined ? "" : level === "WARNING" ? "warning" : "error";
  return make("div", { class: kind }, make("span", { class: "from" }, source), ` ${text}`);
}

follow.addEventListener("change", () => {
  if (follow.checked) box.scrollTop = box.scrollHeight;
});
