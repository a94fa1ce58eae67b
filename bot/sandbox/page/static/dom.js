// Creates and finds DOM nodes.

export const $ = (id) => document.getElementById(id);

export function element(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (value === true) node.setAttribute(key, "");
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(key, value);
  }
  node.append(...children.flat(2).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

export const button = (attributes, ...children) => element("button", { type: "button", ...attributes }, ...children);

export function icon(path) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.append(document.createElementNS(svg.namespaceURI, "path"));
  svg.firstChild.setAttribute("d", path);
  return svg;
}

export const hue = (name) => `hue${[...name].reduce((sum, letter) => sum + letter.codePointAt(0), 0) % 6}`;

export function avatar({ name, bot }) {
  if (!bot) return element("span", { class: `avatar ${hue(name)}`, "aria-hidden": "true" }, name[0]);
  const mark = $("mark").content.firstElementChild.cloneNode(true);
  mark.classList.add("avatar", "bot-avatar");
  return mark;
}
