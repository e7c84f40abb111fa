// Making elements. Text always goes in as text: nothing a user or a worker says becomes markup.

const STEP = 20; // rows shown at first

export const find = (id) => document.getElementById(id);

export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name === "class") element.className = value;
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export function fill(bar, share) {
  bar.style.width = `${Math.round(1000 * Math.min(1, Math.max(0, share))) / 10}%`;
}

// Rows that stay the same elements while what they show changes, so that focus and open details survive. `make(item)` gives
// {element, update}; the order is that of `items`. Of many, the first are shown, and a button shows more.
export class Rows {
  constructor(parent, makeRow) {
    this.parent = parent;
    this.makeRow = makeRow;
    this.rows = new Map();
    this.most = STEP;
    this.items = [];
    this.more = make("button", { type: "button", class: "quiet more", hidden: "", onclick: () => {
      this.most += 5 * STEP;
      this.show(this.items);
    } });
    parent.after(this.more);
  }

  show(all) {
    this.items = all;
    const items = all.slice(0, this.most), hidden = all.length - items.length;
    this.more.hidden = hidden === 0;
    say(this.more, `Show ${Math.min(hidden, 5 * STEP)} more of ${hidden}`);
    const wanted = new Set(items.map((item) => item.id));
    for (const [id, row] of this.rows) {
      if (!wanted.has(id)) {
        row.element.remove();
        this.rows.delete(id);
      }
    }
    let before = this.parent.firstElementChild;
    for (const item of items) {
      if (!this.rows.has(item.id)) this.rows.set(item.id, this.makeRow(item));
      const row = this.rows.get(item.id);
      row.update(item);
      if (row.element === before) before = before.nextElementSibling;
      else this.parent.insertBefore(row.element, before);
    }
  }
}

export function cell(label, ...children) {
  return make("div", { role: "cell" }, make("span", { class: "cell-label", "aria-hidden": "true" }, label), ...children);
}

// A button that asks once more before it does something.
export function sureButton(text, act) {
  let timer = 0;
  const calm = () => {
    clearTimeout(timer);
    timer = 0;
    button.textContent = text;
    button.classList.remove("sure");
  };
  const button = make("button", {
    type: "button",
    class: "quiet",
    onclick: () => {
      if (timer) {
        calm();
        act();
        return;
      }
      button.textContent = "Sure?";
      button.classList.add("sure");
      timer = setTimeout(calm, 4000);
    },
  }, text);
  return button;
}
