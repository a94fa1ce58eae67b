// Discord's markdown as DOM nodes. User input only becomes text nodes, never HTML.

import { element } from "/dom.js";

const INLINE = [
  [/^\\([\\*_~`|<>#\-[\]()])/, (m) => m[1]],
  [/^``([^]+?)``(?!`)/, (m) => element("code", {}, m[1])],
  [/^`([^`]+)`/, (m) => element("code", {}, m[1])],
  [/^\*\*([^]+?)\*\*(?!\*)/, (m, context) => element("strong", {}, ...inline(m[1], context))],
  [/^__([^]+?)__(?!_)/, (m, context) => element("u", {}, ...inline(m[1], context))],
  [/^~~([^]+?)~~/, (m, context) => element("s", {}, ...inline(m[1], context))],
  [/^\|\|([^]+?)\|\|/, (m, context) => spoiler(inline(m[1], context))],
  [/^\*(?!\s)([^*]+?)\*(?!\*)/, (m, context) => element("em", {}, ...inline(m[1], context))],
  [/^_(?!\s)([^_]+?)_(?![_\w])/, (m, context) => element("em", {}, ...inline(m[1], context))],
  [/^\[([^\]\n]+)\]\(<?(https?:\/\/[^\s)>]+)>?\)/, (m, context) => link(m[2], inline(m[1], context))],
  [/^<(https?:\/\/[^\s>]+)>/, (m) => link(m[1], [m[1]])],
  [/^https?:\/\/[^\s<]*[^\s<.,:;"'\])]/, (m) => link(m[0], [m[0]])],
  [/^<@!?(\d+)>/, (m, context) => element("span", { class: "mention" }, `@${context.user(m[1])}`)],
  [/^<@&(\d+)>/, (m, context) => element("span", { class: "mention" }, `@${context.role(m[1]).replace(/^@/, "")}`)],
  [/^<#(\d+)>/, (m, context) => element("span", { class: "mention" }, `#${context.channel(m[1])}`)],
  [/^<\/([\w -]{1,100}):(\d+)>/, (m) => command(m[1])],
  [/^<t:(\d{1,12})(?::([tTdDfFR]))?>/, (m) => time(Number(m[1]), m[2])],
];

export function inline(text, context) {
  const nodes = [];
  let plain = "";
  let rest = text;
  const flush = () => {
    if (plain) nodes.push(plain);
    plain = "";
  };
  scan: while (rest) {
    const inWord = /\w$/.test(plain);
    for (const [pattern, make] of INLINE) {
      const found = pattern.exec(rest);
      if (!found || (inWord && (found[0][0] === "_" || found[0][0] === "h"))) continue;
      flush();
      nodes.push(make(found, context));
      rest = rest.slice(found[0].length);
      continue scan;
    }
    plain += rest[0];
    rest = rest.slice(1);
  }
  flush();
  return nodes;
}

export function markdown(text, context) {
  const fragment = document.createDocumentFragment();
  for (const part of text.split(/(```[^]*?```)/)) {
    const fenced = /^```(?:([\w+-]+)\n)?([^]*?)```$/.exec(part);
    if (fenced) fragment.append(element("pre", {}, element("code", {}, fenced[2].replace(/^\n|\n$/g, ""))));
    else if (part) fragment.append(...blocks(part.replace(/^\n|\n$/g, "").split("\n"), context));
  }
  return fragment;
}

const LINES = [
  [/^(#{1,3})\s+(.+)/, (m) => `h${m[1].length + 2}`, (m) => m[2]],
  [/^-#\s+(.+)/, () => "small", (m) => m[1]],
  [/^\s*[-*]\s+(.+)/, () => "ul", (m) => m[1]],
  [/^\s*\d+\.\s+(.+)/, () => "ol", (m) => m[1]],
  [/^>\s?(.*)/, () => "blockquote", (m) => m[1]],
];

function blocks(lines, context) {
  const nodes = [];
  let open = null;
  for (const line of lines) {
    const rule = LINES.find(([pattern]) => pattern.test(line));
    const found = rule?.[0].exec(line);
    const kind = rule ? rule[1](found) : "p";
    const content = inline(rule ? rule[2](found) : line, context);
    const joins = ["ul", "ol", "p", "blockquote"].includes(kind) && open?.localName === kind;
    if (!joins) nodes.push((open = element(kind, kind === "ol" ? { start: parseInt(line, 10) } : {})));
    if (kind === "ul" || kind === "ol") open.append(element("li", {}, ...content));
    else open.append(...(joins ? [element("br")] : []), ...content);
  }
  return nodes;
}

function link(address, children) {
  return element("a", { href: address, target: "_blank", rel: "noopener noreferrer nofollow" }, ...children);
}

function spoiler(children) {
  const node = element("span", { class: "spoiler", tabindex: "0", role: "button", "aria-label": "Show Spoiler" });
  node.append(element("span", {}, ...children));
  const show = () => node.classList.add("shown");
  node.addEventListener("click", show);
  node.addEventListener("keydown", (event) => event.key === "Enter" && show());
  return node;
}

// A click starts the command in the text box.
function command(name) {
  const node = element("button", { class: "mention", type: "button" }, `/${name}`);
  node.addEventListener("click", () => {
    const text = document.getElementById("text");
    text.value = `/${name}`;
    text.focus();
    text.dispatchEvent(new Event("input", { bubbles: true }));
  });
  return node;
}

const STYLES = {
  t: { timeStyle: "short" },
  T: { timeStyle: "medium" },
  d: { dateStyle: "short" },
  D: { dateStyle: "long" },
  f: { dateStyle: "long", timeStyle: "short" },
  F: { dateStyle: "full", timeStyle: "short" },
};

function time(seconds, style = "f") {
  const date = new Date(seconds * 1000);
  const text = style === "R" ? relative(date) : date.toLocaleString([], STYLES[style]);
  return element("time", { datetime: date.toISOString(), title: date.toLocaleString() }, text);
}

function relative(date) {
  const seconds = (date - Date.now()) / 1000;
  const format = new Intl.RelativeTimeFormat([], { numeric: "auto" });
  for (const [unit, length] of [["day", 86400], ["hour", 3600], ["minute", 60]])
    if (Math.abs(seconds) >= length) return format.format(Math.round(seconds / length), unit);
  return format.format(Math.round(seconds), "second");
}
