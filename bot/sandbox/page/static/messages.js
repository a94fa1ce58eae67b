// One message: its author, text, pictures, embeds, components and actions.

import { inChannel, onMessage, send } from "/api.js";
import { component } from "/components.js";
import { edit, mention, reply } from "/composer.js";
import { $, avatar, button, element, hue, icon } from "/dom.js";
import { inline, markdown } from "/markdown.js";
import { openModal } from "/modal.js";
import { openMenu } from "/popup.js";
import { me, names, state, user } from "/state.js";

const [EPHEMERAL, LOADING] = [64, 128];
const DOTS = "M5 10.500a1.500 1.500 0 1 0 .01 0zM12 10.500a1.500 1.500 0 1 0 .01 0zM19 10.500a1.500 1.500 0 1 0 .01 0z";

export function messageNode(message) {
  const item = element("li", { id: `m${message.id}`, class: "message", "data-author": message.author.id, "data-at": message.timestamp });
  const ephemeral = Boolean(message.flags & EPHEMERAL);
  item.classList.toggle("ephemeral", ephemeral);
  item.classList.toggle("mentioned", message.mentions.some((one) => one.id === me()));
  const author = user(message.author.id);
  const sent = new Date(message.timestamp);
  const openUserMenu = (event) => userMenu(event.currentTarget, message.author.id);
  item.append(
    ...[origin(message)].filter(Boolean),
    avatar(author),
    element("p", { class: "who" },
      button({ class: `name ${hue(author.name)}`, "aria-haspopup": "menu", onclick: openUserMenu }, author.name),
      author.bot ? element("span", { class: "tag" }, "App") : null,
      element("time", { datetime: message.timestamp, title: sent.toLocaleString() },
        sent.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }))),
    element("div", { class: "body" }, body(message, author),
      ephemeral ? element("p", { class: "only-you" }, "Only you can see this · ", button({ class: "plain", onclick: () => dismiss(message, item) }, "Dismiss message")) : null),
    tools(message, item));
  return item;
}

function* content(message) {
  const text = element("div", { class: "text" }, markdown(message.content, names));
  if (message.edited_timestamp) (text.lastElementChild ?? text).append(element("span", { class: "edited" }, " (edited)"));
  if (message.content) yield text;
  if (message.attachments.length) yield element("div", { class: "attachments" }, message.attachments.map(attachment));
  for (const group of grouped(message.embeds)) yield embed(...group);
  for (const spec of message.components) yield component(spec, message);
  if (message.reactions) yield element("p", { class: "reactions" },
    message.reactions.map((one) => element("span", {}, `${one.emoji.name} ${one.count}`)));
}

const body = (message, author) =>
  message.flags & LOADING ? element("p", { class: "thinking" }, `${author.name} is thinking`, dots()) : [...content(message)];

export const dots = () => element("span", { class: "dots", "aria-hidden": "true" }, element("i"), element("i"), element("i"));

export function regroup(node) {
  const previous = node.previousElementSibling;
  const soonAfter = previous && new Date(node.dataset.at) - new Date(previous.dataset.at) < 300000;
  node.classList.toggle("continued", Boolean(soonAfter && previous.dataset.author === node.dataset.author && !node.querySelector(".origin")));
}

function dismiss(message, item) {
  state.dismissed.add(message.id);
  remove(item);
}

export function remove(node) {
  const next = node?.nextElementSibling;
  node?.remove();
  if (next) regroup(next); // it may need its author's name now
}

// What the message responds to

function origin(message) {
  const original = message.referenced_message;
  if (message.interaction)
    return element("p", { class: "origin" }, element("strong", {}, names.user(message.interaction.user.id)), " used ",
      element("code", {}, `${message.type === 23 ? "" : "/"}${message.interaction.name}`));
  if (!message.message_reference) return null;
  if (!original) return element("p", { class: "origin" }, element("em", {}, "Original message was deleted"));
  const fallback = original.attachments.length ? "Click to see attachment" : "Click to see message";
  const text = original.content.split("\n")[0] || original.embeds[0]?.title || fallback;
  return element("p", { class: "origin" },
    element("strong", {}, names.user(original.author.id)), " ",
    button({ class: "plain", onclick: () => jumpTo(original.id) }, ...inline(text.slice(0, 120), names).map(plainText)));
}

const plainText = (node) => (typeof node === "string" ? node : node.textContent);

function jumpTo(id) {
  const node = $(`m${id}`);
  node?.scrollIntoView({ block: "center" });
  node?.classList.add("highlighted");
  setTimeout(() => node?.classList.remove("highlighted"), 1500);
}

// Pictures and embeds

function attachment(file) {
  if (!file.content_type?.startsWith("image/") || !file.width)
    return element("a", { class: "file", href: file.url, download: file.filename, rel: "noopener" }, file.filename);
  return picture({ ...file, name: file.filename });
}

function picture({ url, description = "", width, height, name = "" }) {
  const image = element("img", { src: url, alt: description || name, title: description || name, loading: "lazy", width: width || null, height: height || null });
  const shown = button({ class: "picture", "aria-label": `Enlarge: ${description || name || "picture"}`, onclick: () => enlarge(url, description) }, image);
  if (description) shown.append(element("span", { class: "alt", "aria-hidden": "true" }, "ALT"));
  return shown;
}

function enlarge(url, description) {
  const dialog = $("lightbox");
  dialog.querySelector("img").src = url;
  dialog.querySelector("img").alt = description;
  dialog.querySelector("figcaption").textContent = description;
  dialog.showModal();
}

$("lightbox").addEventListener("click", () => $("lightbox").close());

// Embeds with the same URL are one card with all their pictures.
function grouped(embeds) {
  const groups = [];
  for (const spec of embeds) {
    const group = groups.find(([first]) => spec.url && first.url === spec.url);
    if (group) group[1].push(spec.image);
    else groups.push([spec, spec.image ? [spec.image] : []]);
  }
  return groups;
}

function embed(spec, images) {
  const card = element("article", { class: "embed" });
  if (typeof spec.color === "number") card.style.setProperty("--edge", `#${spec.color.toString(16).padStart(6, "0")}`);
  const linked = (url, ...children) => url && /^https?:/.test(url)
    ? element("a", { href: url, target: "_blank", rel: "noopener noreferrer nofollow" }, ...children) : element("span", {}, ...children);
  const small = (url) => (url ? element("img", { src: url, alt: "", class: "icon" }) : null);
  if (spec.author) card.append(element("p", { class: "author" }, small(spec.author.icon_url), linked(spec.author.url, spec.author.name)));
  if (spec.title) card.append(element("h4", {}, linked(spec.url, ...inline(spec.title, names))));
  if (spec.description) card.append(element("div", { class: "text" }, markdown(spec.description, names)));
  if (spec.fields?.length) card.append(element("dl", {}, spec.fields.map((field) =>
    element("div", { class: field.inline ? "inline" : null }, element("dt", {}, ...inline(field.name, names)), element("dd", {}, markdown(field.value, names))))));
  if (spec.thumbnail?.url) {
    card.classList.add("with-thumbnail");
    card.append(element("div", { class: "thumbnail" }, picture(spec.thumbnail)));
  }
  const found = images.filter((image) => image?.url);
  if (found.length) card.append(element("div", { class: found.length > 1 ? "image several" : "image" }, found.map(picture)));
  const footer = [spec.footer?.text, spec.timestamp && new Date(spec.timestamp).toLocaleString()].filter(Boolean).join(" · ");
  if (footer) card.append(element("footer", {}, small(spec.footer?.icon_url), footer));
  return card;
}

// Actions

function tools(message, item) {
  const box = element("div", { class: "tools", role: "group", "aria-label": "Message Actions" });
  if (message.flags & (EPHEMERAL | LOADING)) return box;
  const more = button({ "aria-label": "More", title: "More", "aria-haspopup": "menu", onclick: () => messageMenu(message, more) }, icon(DOTS));
  if (state.channel.can_send) box.append(button({ onclick: () => reply(message) }, "Reply"));
  if (message.author.id === me()) box.append(button({ onclick: () => edit(message) }, "Edit"));
  box.append(more);
  item.addEventListener("contextmenu", (event) => {
    if (event.target.closest("a, img, input, textarea")) return;
    event.preventDefault();
    messageMenu(message, more, { x: event.clientX, y: event.clientY });
  });
  return box;
}

function messageMenu(message, owner, point = null) {
  const mine = message.author.id === me();
  const apps = state.channel.message_menu.map((command) => ({ label: command, act: () => runCommand(onMessage(message, { command })) }));
  const actions = [
    state.channel.can_send && { label: "Reply", act: () => reply(message) },
    mine && { label: "Edit Message", act: () => edit(message) },
    { label: "Copy Text", act: () => navigator.clipboard?.writeText(message.content) },
    (mine || state.channel.can_manage) && { label: "Delete Message", danger: true, act: () => send("/messages", onMessage(message), "DELETE") },
  ];
  openMenu(owner, [{ title: "Apps", items: apps }, { title: "", items: actions.filter(Boolean) }], { label: "Message Menu", point });
}

function userMenu(owner, target) {
  const apps = state.channel.user_menu.map((command) => ({
    label: command, act: () => runCommand(inChannel({ target, command })),
  }));
  const actions = state.channel.can_send ? [{ label: "Mention", act: () => mention(target) }] : [];
  openMenu(owner, [{ title: "Apps", items: apps }, { title: "", items: actions }], { label: `User Menu: ${names.user(target)}` });
}

async function runCommand(body) {
  const response = await send("/menu", body);
  if (response?.modal) openModal(response.modal);
}
