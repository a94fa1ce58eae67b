import { element, inline, markdown } from "/markdown.js";

const $ = (id) => document.getElementById(id);
const EPHEMERAL = 64, LOADING = 128;
const STRING = 3, INTEGER = 4, BOOLEAN = 5, NUMBER = 10, ATTACHMENT = 11;
const BUTTONS = { 1: "primary", 2: "secondary", 3: "success", 4: "danger", 5: "link" };

let world = null;
let socket = null;
let current = null; // the channel's id
let replying = null; // the message that is being replied to
let command = null; // the slash command that is being filled in
let pending = []; // files to post
let dismissed = new Set();
const typing = new Map();

const context = {
  user: (id) => world.users[id] ?? "somebody",
  channel: (id) => world.channels.find((channel) => channel.id === id)?.name ?? "somewhere",
};

// The feed

function connect(person = "") {
  socket?.close();
  const mine = (socket = new WebSocket(`ws://${location.host}/feed?as=${person}`));
  mine.addEventListener("message", (event) => mine === socket && take(JSON.parse(event.data)));
  mine.addEventListener("close", () => {
    if (mine !== socket) return;
    showBot(false, "The sandbox is not running");
    setTimeout(() => mine === socket && connect(person), 2000);
  });
}

function take(change) {
  if (change.type === "world") return open(change);
  if (change.type === "bot") return showBot(change.online);
  if (change.type === "commands") Object.assign(world, { commands: change.commands, menu: change.menu });
  if (change.type === "typing") return startTyping(change);
  if (change.type === "message") keep(change.message);
  if (change.type === "delete") {
    world.messages.delete(change.id);
    $(`m${change.id}`)?.remove();
  }
}

function open(change) {
  const messages = new Map(change.messages.map((message) => [message.id, message]));
  world = { ...change, messages };
  $("guild").textContent = world.guild;
  current = world.channels.find((channel) => channel.id === current)?.id ?? world.channels[0].id;
  $("person").replaceChildren(
    ...world.people.map(({ id, name, part }) => element("option", { value: id, selected: id === world.me }, `${name} (${part})`)),
  );
  showBot(world.bot.online);
  showGallery();
  showChannel(current);
}

function keep(message) {
  const fresh = !world.messages.has(message.id);
  world.messages.set(message.id, message);
  if (fresh) stopTyping(message.channel_id, message.author.id);
  if (message.channel_id !== current) return fresh && markUnread(message.channel_id);
  const node = show(message);
  const old = $(`m${message.id}`);
  if (old) old.replaceWith(node);
  else $("messages").append(node);
  regroup(node);
  if (atEnd || (fresh && message.author.id === world.me)) toEnd();
}

// Channels and people

function showChannel(id) {
  current = id;
  const channel = world.channels.find((one) => one.id === id);
  $("channels").replaceChildren(
    ...world.channels.map((one) =>
      element("li", {}, element("button", {
        type: "button", "data-channel": one.id, class: one.direct ? "direct" : "guild",
        "aria-current": one.id === id ? "page" : null, onclick: () => showChannel(one.id),
      }, one.name)),
    ),
  );
  $("channel").textContent = channel.name;
  $("channel").className = channel.direct ? "direct" : "guild";
  $("text").placeholder = `Message ${channel.direct ? "" : "#"}${channel.name}`;
  const messages = [...world.messages.values()].filter((one) => one.channel_id === id && !dismissed.has(one.id));
  $("messages").replaceChildren(...messages.map(show));
  for (const node of $("messages").children) regroup(node);
  reply(null);
  showTyping();
  toEnd();
  $("text").focus();
}

function markUnread(id) {
  document.querySelector(`[data-channel="${id}"]`)?.classList.add("unread");
}

function showBot(online, words = online ? "Thumbprint is online" : "Thumbprint is offline") {
  $("bot").textContent = words;
  $("bot").classList.toggle("online", online);
}

$("person").addEventListener("change", (event) => {
  dismissed.clear();
  connect(event.target.value);
});

// One message

function show(message) {
  const ephemeral = Boolean(message.flags & EPHEMERAL);
  const item = element("li", { id: `m${message.id}`, class: "message", "data-author": message.author.id, "data-at": message.timestamp });
  item.classList.toggle("ephemeral", ephemeral);
  item.classList.toggle("pinged", message.mentions.some((user) => user.id === world.me));
  item.append(...[origin(message), avatar(message.author)].filter(Boolean));
  const name = message.author.global_name ?? message.author.username;
  const sent = new Date(message.timestamp);
  item.append(element("p", { class: "who" },
    element("strong", { style: null, class: `hue${hue(message.author.id)}` }, name),
    message.author.bot ? element("span", { class: "tag" }, "bot") : null,
    element("time", { datetime: message.timestamp, title: sent.toLocaleString() },
      sent.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" })),
  ));
  const body = element("div", { class: "body" });
  item.append(body);
  if (message.flags & LOADING) body.append(element("p", { class: "thinking" }, `${name} is thinking`, dots()));
  const text = element("div", { class: "text" }, markdown(message.content, context));
  if (message.edited_timestamp) (text.lastElementChild ?? text).append(element("span", { class: "edited" }, " (edited)"));
  if (message.content) body.append(text);
  if (message.attachments.length) body.append(element("div", { class: "attachments" }, ...message.attachments.map(attachment)));
  body.append(...message.embeds.map(embed), ...message.components.map((row) => components(row, message)));
  if (message.reactions) body.append(element("p", { class: "reactions" },
    ...message.reactions.map((one) => element("span", {}, `${one.emoji.name} ${one.count}`))));
  if (ephemeral) body.append(element("p", { class: "only" }, "Only you can see this · ",
    element("button", { type: "button", class: "plain", onclick: () => (dismissed.add(message.id), item.remove()) }, "Dismiss")));
  item.append(tools(message));
  return item;
}

function regroup(node) {
  const previous = node.previousElementSibling;
  const close = previous && new Date(node.dataset.at) - new Date(previous.dataset.at) < 300000;
  node.classList.toggle("continued", Boolean(close && previous.dataset.author === node.dataset.author && !node.querySelector(".origin")));
}

function origin(message) {
  const original = message.referenced_message;
  if (message.interaction)
    return element("p", { class: "origin" }, element("strong", {}, context.user(message.interaction.user.id)), " used ",
      element("code", {}, `${message.type === 23 ? "" : "/"}${message.interaction.name}`));
  if (!message.message_reference) return null;
  if (!original) return element("p", { class: "origin" }, element("em", {}, "The original message was deleted"));
  const words = original.content.split("\n")[0] || original.embeds[0]?.title || (original.attachments.length ? "a picture" : "an answer");
  return element("p", { class: "origin" },
    element("strong", {}, context.user(original.author.id)), " ",
    element("button", { type: "button", class: "plain", onclick: () => visit(original.id) }, ...inline(words.slice(0, 120), context).map(flat)));
}

const flat = (node) => (typeof node === "string" ? node : node.textContent);

function visit(id) {
  const node = $(`m${id}`);
  node?.scrollIntoView({ block: "center" });
  node?.classList.add("visited");
  setTimeout(() => node?.classList.remove("visited"), 1500);
}

function avatar(user) {
  if (user.bot) {
    const mark = document.querySelector(".brand .mark").cloneNode(true);
    mark.classList.add("avatar", "made");
    return mark;
  }
  return element("span", { class: `avatar hue${hue(user.id)}`, "aria-hidden": "true" }, (user.global_name ?? user.username)[0]);
}

const hue = (id) => Number(BigInt(id) % 6n);
const dots = () => element("span", { class: "dots", "aria-hidden": "true" }, element("i"), element("i"), element("i"));

function attachment(file) {
  if (!file.content_type?.startsWith("image/") || !file.width)
    return element("a", { class: "file", href: file.url, download: file.filename, rel: "noopener" }, file.filename);
  return picture(file.url, file.description ?? "", file.width, file.height, file.filename);
}

function picture(url, words, width, height, name = "") {
  const image = element("img", { src: url, alt: words || name, title: words || name, loading: "lazy", width: width || null, height: height || null });
  image.addEventListener("load", () => atEnd && toEnd());
  const shown = element("button", { type: "button", class: "picture", "aria-label": `Enlarge: ${words || name || "picture"}`, onclick: () => enlarge(url, words) }, image);
  if (words) shown.append(element("span", { class: "alt", "aria-hidden": "true" }, "ALT"));
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

function embed(told) {
  const card = element("article", { class: "embed" });
  if (told.color !== undefined) card.style.setProperty("--edge", `#${told.color.toString(16).padStart(6, "0")}`);
  const address = (url, ...children) => url && /^https?:/.test(url)
    ? element("a", { href: url, target: "_blank", rel: "noopener noreferrer nofollow" }, ...children) : element("span", {}, ...children);
  const icon = (url) => (url ? element("img", { src: url, alt: "", class: "icon" }) : null);
  if (told.author) card.append(element("p", { class: "author" }, icon(told.author.icon_url), address(told.author.url, told.author.name)));
  if (told.title) card.append(element("h4", {}, address(told.url, ...inline(told.title, context))));
  if (told.description) card.append(element("div", { class: "text" }, markdown(told.description, context)));
  if (told.fields?.length) card.append(element("dl", {}, ...told.fields.map((field) =>
    element("div", { class: field.inline ? "inline" : null }, element("dt", {}, ...inline(field.name, context)), element("dd", {}, markdown(field.value, context))))));
  if (told.thumbnail?.url) {
    card.classList.add("with-thumbnail");
    card.append(element("div", { class: "thumbnail" }, picture(told.thumbnail.url, told.thumbnail.description ?? "", told.thumbnail.width, told.thumbnail.height)));
  }
  if (told.image?.url) card.append(element("div", { class: "image" }, picture(told.image.url, told.image.description ?? "", told.image.width, told.image.height)));
  const foot = [told.footer?.text, told.timestamp && new Date(told.timestamp).toLocaleString()].filter(Boolean).join(" · ");
  if (foot) card.append(element("footer", {}, icon(told.footer?.icon_url), foot));
  return card;
}

function components(row, message) {
  if (row.type === 10) return element("div", { class: "text" }, markdown(row.content, context));
  if (row.type === 17) return element("div", { class: "embed" }, ...row.components.map((child) => components(child, message)));
  return element("div", { class: "row" }, ...(row.components ?? []).map((child) => component(child, message)));
}

function component(child, message) {
  if (child.type === 3) {
    const menu = element("select", { "aria-label": child.placeholder ?? "Choose", disabled: child.disabled },
      element("option", { value: "", disabled: true, selected: true }, child.placeholder ?? "Choose"),
      ...child.options.map((option) => element("option", { value: option.value }, option.label)));
    menu.addEventListener("change", () => use(menu, message, child.custom_id, [menu.value]));
    return menu;
  }
  const words = [child.emoji?.name, child.label].filter(Boolean).join(" ");
  if (child.url) return element("a", { class: "button link", href: child.url, target: "_blank", rel: "noopener noreferrer nofollow" }, words);
  const button = element("button", { type: "button", class: `button ${BUTTONS[child.style]}`, disabled: child.disabled }, words);
  button.addEventListener("click", () => use(button, message, child.custom_id, null));
  return button;
}

async function use(control, message, custom_id, values) {
  control.disabled = true;
  await send("/components", JSON.stringify({ as: world.me, channel: message.channel_id, message: message.id, custom_id, values }));
  control.disabled = false;
}

function tools(message) {
  const box = element("div", { class: "tools" });
  if (message.flags & (EPHEMERAL | LOADING)) return box;
  box.append(element("button", { type: "button", onclick: () => reply(message) }, "Reply"));
  for (const name of world.menu) box.append(element("button", { type: "button", onclick: () =>
    send("/menu", JSON.stringify({ as: world.me, channel: message.channel_id, message: message.id, command: name })) }, name));
  return box;
}

// The newest message stays in sight unless the reader has scrolled up.

let atEnd = true;

function toEnd() {
  $("messages").scrollTop = $("messages").scrollHeight;
}

$("messages").addEventListener("scroll", () => {
  const list = $("messages");
  atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 80;
});

new ResizeObserver(() => atEnd && toEnd()).observe($("messages"));

// Typing

function startTyping({ channel_id, user_id }) {
  const key = `${channel_id} ${user_id}`;
  clearTimeout(typing.get(key));
  typing.set(key, setTimeout(() => stopTyping(channel_id, user_id), 10000));
  showTyping();
}

function stopTyping(channel, user) {
  clearTimeout(typing.get(`${channel} ${user}`));
  typing.delete(`${channel} ${user}`);
  showTyping();
}

function showTyping() {
  const names = [...typing.keys()].map((key) => key.split(" ")).filter(([channel]) => channel === current).map(([, user]) => context.user(user));
  $("typing").replaceChildren(...(names.length ? [dots(), `${names.join(" and ")} ${names.length > 1 ? "are" : "is"} typing`] : []));
}

// Writing

async function send(path, body) {
  try {
    const answer = await fetch(path, { method: "POST", body });
    if (answer.ok) return true;
    const told = await answer.json().catch(() => ({}));
    notice(told.error ?? `That did not work (${answer.status}).`);
  } catch {
    notice("The sandbox is not running.");
  }
  return false;
}

function notice(words) {
  $("notice").textContent = words;
  $("notice").hidden = false;
  clearTimeout(notice.timer);
  notice.timer = setTimeout(() => ($("notice").hidden = true), 6000);
}

function reply(message) {
  replying = message;
  $("replying").hidden = !message;
  if (!message) return;
  $("replying").firstElementChild.textContent = `Replying to ${context.user(message.author.id)}`;
  $("text").focus();
}

$("replying").querySelector("button").addEventListener("click", () => reply(null));

function add(files) {
  pending.push(...files);
  showPending();
  $("text").focus();
}

function showPending() {
  for (const image of $("pending").querySelectorAll("img")) URL.revokeObjectURL(image.src);
  $("pending").replaceChildren(...pending.map((file, place) => element("li", {},
    file.type.startsWith("image/") ? element("img", { src: URL.createObjectURL(file), alt: "" }) : null,
    element("span", {}, file.name),
    element("button", { type: "button", "aria-label": `Remove ${file.name}`, onclick: () => (pending.splice(place, 1), showPending()) }, "✕"))));
}

async function post(content, files, original = null) {
  const form = new FormData();
  form.append("as", world.me);
  form.append("channel", current);
  form.append("content", content);
  if (original) form.append("reply_to", original.id);
  files.forEach((file, place) => form.append(`file${place}`, file, file.name));
  return send("/messages", form);
}

$("composer").addEventListener("submit", async (event) => {
  event.preventDefault();
  if (command) return run();
  const content = $("text").value.trim();
  if (!content && !pending.length) return;
  const [files, original] = [pending, replying];
  if (!(await post(content, files, original))) return;
  $("text").value = "";
  pending = [];
  showPending();
  reply(null);
  grow();
});

$("files").addEventListener("change", (event) => {
  add([...event.target.files]);
  event.target.value = "";
});

$("text").addEventListener("input", () => (grow(), suggest()));

function grow() {
  $("text").style.height = "auto";
  $("text").style.height = `${Math.min($("text").scrollHeight, 200)}px`;
}

addEventListener("paste", (event) => {
  const files = [...(event.clipboardData?.files ?? [])];
  if (!files.length) return;
  event.preventDefault();
  add(files);
});

let inside = 0;
addEventListener("dragenter", (event) => {
  event.preventDefault();
  inside += 1;
  $("drop").hidden = false;
});
addEventListener("dragleave", () => ($("drop").hidden = (inside -= 1) <= 0));
addEventListener("dragover", (event) => event.preventDefault());
addEventListener("drop", async (event) => {
  event.preventDefault();
  inside = 0;
  $("drop").hidden = true;
  const number = event.dataTransfer.getData("application/x-gallery");
  add(number ? [await fromGallery(number)] : [...event.dataTransfer.files]);
});

// The gallery

async function fromGallery(number) {
  const blob = await (await fetch(`/gallery/${number}`)).blob();
  return new File([blob], `picture-${Number(number) + 1}.${blob.type.split("/")[1] ?? "jpg"}`, { type: blob.type });
}

function showGallery() {
  $("gallery").hidden = !world.gallery.length;
  $("pictures").replaceChildren(...world.gallery.map((caption, number) => element("li", {}, element("button", {
    type: "button", draggable: "true", title: caption, "aria-label": `Post ${caption}`,
    ondragstart: (event) => event.dataTransfer.setData("application/x-gallery", String(number)),
    onclick: async () => post("", [await fromGallery(number)]),
  }, element("img", { src: `/gallery/${number}`, alt: caption, draggable: "false", loading: "lazy" })))));
}

// Slash commands

function suggest() {
  const typed = /^\/(\S*(?: \S*)*)$/.exec($("text").value);
  const found = typed ? world.commands.filter((one) => one.path.startsWith(typed[1].trimEnd())) : [];
  $("menu").hidden = !found.length;
  $("menu").replaceChildren(...found.map((one, place) => element("button", {
    type: "button", role: "option", tabindex: "-1", "aria-selected": String(place === 0), onclick: () => begin(one),
  }, element("strong", {}, `/${one.path}`), element("span", { class: "options" }, one.options.map((option) => option.name).join(" ")),
  element("span", {}, one.description))));
}

function move(step) {
  const options = [...$("menu").children];
  const at = options.findIndex((option) => option.ariaSelected === "true");
  const next = (at + step + options.length) % options.length;
  options.forEach((option, place) => option.setAttribute("aria-selected", String(place === next)));
  options[next].scrollIntoView({ block: "nearest" });
}

$("text").addEventListener("keydown", (event) => {
  if (event.isComposing) return;
  const listed = !$("menu").hidden;
  const keys = { ArrowDown: () => move(1), ArrowUp: () => move(-1), Tab: pick, Enter: pick, Escape: () => ($("menu").hidden = true) };
  if (listed && keys[event.key]) {
    event.preventDefault();
    return keys[event.key]();
  }
  if (event.key === "Enter" && !event.shiftKey) {
    event.preventDefault();
    $("composer").requestSubmit();
  }
  if (event.key === "Escape") reply(null);
});

const pick = () => $("menu").querySelector('[aria-selected="true"]')?.click();

function begin(chosen) {
  command = chosen;
  $("menu").hidden = true;
  $("text").value = "";
  $("command").hidden = false;
  $("command").replaceChildren(
    element("legend", {}, element("strong", {}, `/${chosen.path}`), ` ${chosen.description}`),
    ...chosen.options.map(field),
    element("p", { class: "row" }, element("button", { class: "button primary" }, "Run"),
      element("button", { type: "button", class: "button secondary", onclick: end }, "Cancel")),
  );
  document.body.classList.add("commanding");
  ($("command").querySelector("input, select") ?? $("command").querySelector("button")).focus();
}

function field(option) {
  const about = { name: option.name, required: option.required };
  const kinds = { [STRING]: "text", [INTEGER]: "number", [NUMBER]: "number", [BOOLEAN]: "checkbox", [ATTACHMENT]: "file" };
  const input = option.choices?.length
    ? element("select", about, element("option", { value: "" }, ""), ...option.choices.map((one) => element("option", { value: one.value }, one.name)))
    : element("input", { ...about, type: kinds[option.type] ?? "text", step: option.type === NUMBER ? "any" : null });
  return element("label", {}, element("span", {}, option.name, option.required ? "" : element("i", {}, " optional")), input,
    option.description === "…" ? null : element("small", {}, option.description));
}

$("command").addEventListener("keydown", (event) => event.key === "Escape" && end());

async function run() {
  const form = new FormData();
  const options = {};
  for (const option of command.options) {
    const input = $("command").querySelector(`[name="${CSS.escape(option.name)}"]`);
    if (option.type === ATTACHMENT) input.files[0] && form.append(option.name, input.files[0]);
    else if (option.type === BOOLEAN) options[option.name] = input.checked;
    else if (input.value) options[option.name] = input.value;
  }
  form.append("as", world.me);
  form.append("channel", current);
  form.append("command", command.path);
  form.append("options", JSON.stringify(options));
  end();
  await send("/commands", form);
}

function end() {
  command = null;
  $("command").hidden = true;
  $("command").replaceChildren();
  document.body.classList.remove("commanding");
  $("text").focus();
}

connect();
