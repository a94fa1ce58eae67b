// Popups, of which only one is open: a menu of actions, or a list to choose from.

import { button, element } from "/dom.js";

let open = null; // { node, owner, close }

export const closePopup = () => open?.close();
export const popupBelongsTo = (node) => Boolean(open && node.contains(open.owner));

function show(node, owner, at, { width = null, focus = null, onclose = () => {} } = {}) {
  closePopup();
  node.popover = "manual";
  (owner.closest("dialog") ?? document.body).append(node); // everything outside an open dialog is inert
  node.showPopover();
  if (width) node.style.width = `${width}px`;
  const box = node.getBoundingClientRect();
  const below = innerHeight - at.bottom > box.height + 12 || at.top < box.height + 12;
  node.style.left = `${Math.max(8, Math.min(at.left, innerWidth - box.width - 8))}px`;
  node.style.top = `${Math.max(8, below ? Math.min(at.bottom + 6, innerHeight - box.height - 8) : at.top - box.height - 6)}px`;
  focus?.focus();
  const mine = (open = {
    node, owner,
    close() {
      if (open !== mine) return;
      open = null;
      node.remove();
      onclose();
    },
  });
  return mine;
}

addEventListener("pointerdown", (event) => {
  if (open && !open.node.contains(event.target) && !open.owner?.contains(event.target)) closePopup();
});
addEventListener("resize", closePopup);

// Opens a menu: groups of { title, items: [{ label, act, danger }] }, next to its owner or at a point { x, y }.
export function openMenu(owner, groups, { label, point = null } = {}) {
  const items = [];
  const item = ({ label: text, act, danger }) => {
    const node = button({ role: "menuitem", tabindex: "-1", class: danger ? "danger" : null, onclick: () => (close(), act()) }, text);
    items.push(node);
    return node;
  };
  const node = element("div", { class: "popup actions", role: "menu", "aria-label": label },
    groups.filter((group) => group.items.length).map((group) =>
      element("div", { role: "group", "aria-label": group.title },
        group.title ? element("p", { class: "title", "aria-hidden": "true" }, group.title) : null, ...group.items.map(item))));
  const close = () => (closePopup(), owner.isConnected && owner.focus());
  node.addEventListener("keydown", (event) => {
    const at = items.indexOf(document.activeElement);
    const steps = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 };
    if (event.key in steps) items.at(steps[event.key] % items.length).focus();
    else if (event.key === "Escape" || event.key === "Tab") close();
    else return;
    event.preventDefault();
  });
  const rect = point ? { left: point.x, right: point.x, top: point.y, bottom: point.y } : owner.getBoundingClientRect();
  owner.setAttribute("aria-expanded", "true");
  show(node, owner, rect, { focus: items[0], onclose: () => owner.setAttribute("aria-expanded", "false") });
}

// A list below or above a combobox, which keeps the focus. Calls `pick(option)` after each choice.
let count = 0;

export class List {
  constructor(owner, { label, pick, multiple = false, onclose = () => {}, anchor = owner }) {
    Object.assign(this, { owner, pick, multiple, onclose, anchor, options: [], at: 0, chosen: new Set(), shown: null });
    this.id = `list${(count += 1)}`;
    this.label = label;
    owner.setAttribute("role", "combobox");
    owner.setAttribute("aria-expanded", "false");
    owner.setAttribute("aria-haspopup", "listbox");
  }

  get isOpen() {
    return this.shown !== null && this.shown === open;
  }

  // Shows options { label, description, detail, emoji }, or `emptyText` if there are none.
  show(options, emptyText = "") {
    this.options = options;
    this.at = Math.min(this.at, Math.max(0, options.length - 1));
    const node = element("div", { id: this.id, class: "popup list", role: "listbox", "aria-label": this.label, "aria-multiselectable": this.multiple ? "true" : null },
      options.length ? options.map((option, place) => this.#option(option, place)) : element("p", { class: "empty" }, emptyText));
    node.addEventListener("pointerdown", (event) => event.preventDefault()); // the owner keeps the focus
    this.shown = show(node, this.owner, this.anchor.getBoundingClientRect(), {
      width: Math.max(220, this.anchor.getBoundingClientRect().width),
      onclose: () => this.#onClosed(),
    });
    this.owner.setAttribute("aria-expanded", "true");
    this.owner.setAttribute("aria-controls", this.id);
    this.#setActive(this.at);
  }

  close() {
    this.shown?.close();
  }

  // Handles a key; returns whether it was for the list.
  handleKey(event) {
    if (!this.isOpen || event.isComposing) return false;
    const last = this.options.length - 1;
    const steps = { ArrowDown: this.at >= last ? 0 : this.at + 1, ArrowUp: this.at <= 0 ? last : this.at - 1 };
    if (event.key in steps) this.#setActive(steps[event.key]);
    else if (event.key === "Escape") this.close();
    else if (["Enter", "Tab"].includes(event.key) && this.options.length && !(this.multiple && event.key === "Tab")) this.#choose(this.at);
    else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  }

  #option(option, place) {
    return element("div", {
      id: `${this.id}-${place}`, role: "option", "aria-selected": String(this.chosen.has(place)), onclick: () => this.#choose(place),
      onpointermove: () => this.at !== place && this.#setActive(place, false),
    },
    option.emoji ? element("span", { class: "emoji" }, option.emoji) : null,
    element("span", { class: "label" }, option.label, option.detail ? element("span", { class: "detail" }, option.detail) : null),
    option.description ? element("span", { class: "description" }, option.description) : null);
  }

  #setActive(place, scroll = true) {
    this.at = place;
    const nodes = this.shown.node.querySelectorAll('[role="option"]');
    nodes.forEach((node, index) => node.classList.toggle("active", index === place));
    if (!nodes[place]) return this.owner.removeAttribute("aria-activedescendant");
    this.owner.setAttribute("aria-activedescendant", nodes[place].id);
    if (scroll) nodes[place].scrollIntoView({ block: "nearest" });
  }

  #choose(place) {
    if (!this.multiple) {
      const option = this.options[place];
      this.close();
      return this.pick(option);
    }
    if (!this.chosen.delete(place)) this.chosen.add(place);
    this.shown.node.children[place].setAttribute("aria-selected", String(this.chosen.has(place)));
  }

  #onClosed() {
    this.shown = null;
    this.owner.setAttribute("aria-expanded", "false");
    this.owner.removeAttribute("aria-activedescendant");
    this.onclose();
  }
}
