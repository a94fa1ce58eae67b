// One message: who, text, pictures, embeds, components, and what can be done with it.

import { about, send } from "/api.js";
import { component } from "/components.js";
import { edit, mention, reply } from "/composer.js";
import { $, avatar, button, element, hue, icon } from "/dom.js";
import { inline, markdown } from "/markdown.js";
import { openModal } from "/modal.js";
import { openMenu } from "/popup.js";
import { me, names, state, user } from "/state.js";

const [EPHEMERAL, LOADING] = [64, 128];
const DOTS = "M5 10.500a1.500 1.500 0 1 0 .01 0zM12 10.500a1.500 1.500 0 1 0 .01 0zM19 10.500a1.500 1.500 0 1 0 .01 0z";

export function show(message) {
  const item = element("li", { id: `m${message.id}`, class: "message", "data-author": message.author.id, "data-at": message.timestamp });
  const ephemeral = Boolean(message.flags & EPHEMERAL);
  item.classList.toggle("ephemeral", ephemeral);
  item.classList.toggle("pinged", message.mentions.some((one) => one.id === me()));
  const author = user(message.author.id);
  const sent = new Date(message.timestamp);
  const who = (event) => userMenu(event.currentTarget, message.author.id);
  item.append(
    ...[origin(message)].filter(Boolean),
    avatar(author),
    element("p", { class: "who" },
      button({ class: `name ${hue(author.name)}`, "aria-haspopup": "menu", onclick: who }, author.name),
      author.bot ? element("span", { class: "tag" }, "App") : null,
      element("time", { datetime: message.timestamp, title: sent.toLocaleString() },
        sent.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }))),
    element("div", { class: "body" }, body(message, author),
      ephemeral ? element("p", { class: "only" }, "Only you can see this · ", button({ class: "plain", onclick: () => dismiss(message, item) }, "Dismiss message")) : null),
    tools(message, item));
  return item;
}

function* content(message) {
  const text = element("div", { class: "text" }, markdown(message.content, names));
  if (message.edited_timestamp) (text.lastElementChild ?? text).append(element("span", { class: "edited" }, " (edited)"));
  if (message.content) yield text;
  if (message.attachments.length) yield element("div", { class: "attachments" }, message.attachments.map(attachment));
  for (const group of grouped(message.embeds)) yield embed(...group);
  for (const told of message.components) yield component(told, message);
  if (message.reactions) yield element("p", { class: "reactions" },
    message.reactions.map((one) => element("span", {}, `${one.emoji.name} ${one.count}`)));
}

const body = (message, author) =>
  message.flags & LOADING ? element("p", { class: "thinking" }, `${author.name} is thinking`, dots()) : [...content(message)];

export const dots = () => element("span", { class: "dots", "aria-hidden": "true" }, element("i"), element("i"), element("i"));

export function regroup(node) {
  const previous = node.previousElementSibling;
  const close = previous && new Date(node.dataset.at) - new Date(previous.dataset.at) < 300000;
  node.classList.toggle("continued", Boolean(close && previous.dataset.author === node.dataset.author && !node.querySelector(".origin")));
}

function dismiss(message, item) {
  state.dismissed.add(message.id);
  remove(item);
}

export function remove(node) {
  const next = node?.nextElementSibling;
  node?.remove();
  if (next) regroup(next); // or it would seem to be the author's of what is above now
}

// What it answers

function origin(message) {
  const original = message.referenced_message;
  if (message.interaction)
    return element("p", { class: "origin" }, element("strong", {}, names.user(message.interaction.user.id)), " used ",
      element("code", {}, `${message.type === 23 ? "" : "/"}${message.interaction.name}`));
  if (!message.message_reference) return null;
  if (!original) return element("p", { class: "origin" }, element("em", {}, "The original message was deleted"));
  const pictures = original.attachments.length;
  const words = original.content.split("\n")[0] || original.embeds[0]?.title || (pictures > 1 ? `${pictures} pictures` : pictures ? "a picture" : "an answer");
  return element("p", { class: "origin" },
    element("strong", {}, names.user(original.author.id)), " ",
    button({ class: "plain", onclick: () => visit(original.id) }, ...inline(words.slice(0, 120), names).map(flat)));
}

const flat = (node) => (typeof node === "string" ? node : node.textContent);

function visit(id) {
  const node = $(`m${id}`);
  node?.scrollIntoView({ block: "center" });
  node?.classList.add("visited");
  setTimeout(() => node?.classList.remove("visited"), 1500);
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

function enlarge(url, words) {
  const dialog = $("large");
  dialog.querySelector("img").src = url;
  dialog.querySelector("img").alt = words;
  dialog.querySelector("figcaption").textContent = words;
  dialog.showModal();
}

$("large").addEventListener("click", () => $("large").close());

// Embeds of one address are one card with all their pictures.
function grouped(embeds) {
  const groups = [];
  for (const told of embeds) {
    const before = groups.find(([first]) => told.url && first.url === told.url);
    if (before) before[1].push(told.image);
    else groups.push([told, told.image ? [told.image] : []]);
  }
  return groups;
}

function embed(told, images) {
  const card = element("article", { class: "embed" });
  if (typeof told.color === "number") card.style.setProperty("--edge", `#${told.color.toString(16).padStart(6, "0")}`);
  const address = (url, ...children) => url && /^https?:/.test(url)
    ? element("a", { href: url, target: "_blank", rel: "noopener noreferrer nofollow" }, ...children) : element("span", {}, ...children);
  const small = (url) => (url ? element("img", { src: url, alt: "", class: "icon" }) : null);
  if (told.author) card.append(element("p", { class: "author" }, small(told.author.icon_url), address(told.author.url, told.author.name)));
  if (told.title) card.append(element("h4", {}, address(told.url, ...inline(told.title, names))));
  if (told.description) card.append(element("div", { class: "text" }, markdown(told.description, names)));
  if (told.fields?.length) card.append(element("dl", {}, told.fields.map((field) =>
    element("div", { class: field.inline ? "inline" : null }, element("dt", {}, ...inline(field.name, names)), element("dd", {}, markdown(field.value, names))))));
  if (told.thumbnail?.url) {
    card.classList.add("with-thumbnail");
    card.append(element("div", { class: "thumbnail" }, picture(told.thumbnail)));
  }
  const found = images.filter((image) => image?.url);
  if (found.length) card.append(element("div", { class: found.length > 1 ? "image several" : "image" }, found.map(picture)));
  const foot = [told.footer?.text, told.timestamp && new Date(told.timestamp).toLocaleString()].filter(Boolean).join(" · ");
  if (foot) card.append(element("footer", {}, small(told.footer?.icon_url), foot));
  return card;
}

// What can be done with it

function tools(message, item) {
  const box = element("div", { class: "tools", role: "group", "aria-label": "Message actions" });
  if (message.flags & (EPHEMERAL | LOADING)) return box;
  const more = button({ "aria-label": "More", title: "More", "aria-haspopup": "menu", onclick: () => messageMenu(message, more) }, icon(DOTS));
  if (state.channel.may_send) box.append(button({ onclick: () => reply(message) }, "Reply"));
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
  const apps = state.channel.message_menu.map((command) => ({ label: command, act: () => apply(about(message, { command })) }));
  const acts = [
    state.channel.may_send && { label: "Reply", act: () => reply(message) },
    mine && { label: "Edit message", act: () => edit(message) },
    { label: "Copy text", act: () => navigator.clipboard?.writeText(message.content) },
    (mine || state.channel.may_manage) && { label: "Delete message", danger: true, act: () => send("/messages", about(message), "DELETE") },
  ];
  openMenu(owner, [{ title: "Apps", items: apps }, { title: "", items: acts.filter(Boolean) }], { label: "Message menu", point });
}

function userMenu(owner, target) {
  const apps = state.channel.user_menu.map((command) => ({
    label: command, act: () => apply({ as: me(), channel: state.channel.id, target, command }),
  }));
  const acts = state.channel.may_send ? [{ label: "Mention", act: () => mention(target) }] : [];
  openMenu(owner, [{ title: "Apps", items: apps }, { title: "", items: acts }], { label: `Menu of ${names.user(target)}` });
}

async function apply(asked) {
  const answer = await send("/menu", asked);
  if (answer?.modal) openModal(answer.modal);
}
