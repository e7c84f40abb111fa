// Questions to the manager. What goes wrong is told in a toast.

import { find } from "./dom.js";

let timer = 0;

export function toast(text) {
  const box = find("toast");
  box.textContent = text;
  box.hidden = false;
  clearTimeout(timer);
  timer = setTimeout(() => { box.hidden = true; }, 6000);
}

export async function ask(path, body) {
  try {
    const headers = body === undefined ? {} : { "Content-Type": "application/json" };
    const response = await fetch(path, { method: "POST", headers, body: body === undefined ? undefined : JSON.stringify(body) });
    if (!response.ok) toast(await problem(response));
    return response;
  } catch {
    toast("The manager cannot be reached.");
    return null;
  }
}

// null when there is nothing to show
export async function fetchJson(path) {
  try {
    const response = await fetch(path);
    return response.ok ? await response.json() : null;
  } catch {
    return null;
  }
}

async function problem(response) {
  try {
    return (await response.json()).title;
  } catch {
    return `The manager answered ${response.status}.`;
  }
}
