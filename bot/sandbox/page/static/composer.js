// The composer: text, replies, edits, pictures, and the list of slash commands.

import { form, inChannel, onMessage, send } from "/api.js";
import { begin, end, fillFile, isOpen, run } from "/commands.js";
import { $, button, element } from "/dom.js";
import { List } from "/popup.js";
import { channelsOf, me, names, state } from "/state.js";

let replying = null; // the message that is being replied to
let editing = null; // the message that is being edited
let pending = []; // files to post

export function reset() {
  end();
  stop();
  const canSend = state.channel.can_send;
  $("text").placeholder = canSend
    ? `Message ${state.channel.guild ? "#" : "@"}${state.channel.name}` : "You do not have permission to send messages in this channel.";
  for (const id of ["text", "files", "send"]) $(id).disabled = !canSend;
  $("example").disabled = !canSend || !state.world.example;
  $("gallery").hidden = !canSend || !state.world.gallery.length;
}

// Replying and editing

export function reply(message) {
  stop();
  replying = message;
  showMode(`Replying to ${names.user(message.author.id)}`);
}

export function edit(message) {
  stop();
  editing = message;
  $("text").value = message.content;
  grow();
  showMode("Editing your message");
}

export function mention(id) {
  $("text").value = `${$("text").value}<@${id}> `;
  $("text").focus();
}

function showMode(text) {
  $("replying").hidden = false;
  $("replying").firstElementChild.textContent = text;
  $("text").focus();
}

function stop() {
  if (editing) $("text").value = "";
  replying = editing = null;
  $("replying").hidden = true;
  grow();
}

$("replying").querySelector("button").addEventListener("click", () => (stop(), $("text").focus()));

// Files

export function add(files) {
  if (!files.length || fillFile(files[0])) return;
  pending.push(...files);
  showPending();
  $("text").focus();
}

function showPending() {
  for (const image of $("pending").querySelectorAll("img")) URL.revokeObjectURL(image.src);
  $("pending").replaceChildren(...pending.map((file, place) => element("li", {},
    file.type.startsWith("image/") ? element("img", { src: URL.createObjectURL(file), alt: "" }) : null,
    element("span", {}, file.name),
    button({ "aria-label": `Remove ${file.name}`, onclick: () => (pending.splice(place, 1), showPending()) }, "✕"))));
}

$("files").addEventListener("change", (event) => {
  add([...event.target.files]);
  event.target.value = "";
});

addEventListener("paste", (event) => {
  const files = [...(event.clipboardData?.files ?? [])];
  if (!files.length) return;
  event.preventDefault();
  add(files);
});

let dragDepth = 0;
addEventListener("dragenter", (event) => {
  event.preventDefault();
  dragDepth += 1;
  $("drop").hidden = false;
});
addEventListener("dragleave", () => ($("drop").hidden = (dragDepth -= 1) <= 0));
addEventListener("dragover", (event) => event.preventDefault());
addEventListener("drop", async (event) => {
  event.preventDefault();
  dragDepth = 0;
  $("drop").hidden = true;
  const number = event.dataTransfer.getData("application/x-gallery");
  add(number ? [await fromGallery(number)] : [...event.dataTransfer.files]);
});

// Things to try

$("example").addEventListener("click", () => {
  end();
  stop();
  $("text").value = state.world.example;
  $("text").focus();
  grow();
});

async function fromGallery(number) {
  const blob = await (await fetch(`/gallery/${number}`)).blob();
  return new File([blob], `picture-${Number(number) + 1}.${blob.type.split("/")[1] ?? "jpg"}`, { type: blob.type });
}

export function showGallery() {
  $("pictures").replaceChildren(...state.world.gallery.map((caption, number) => element("li", {}, button({
    draggable: "true", title: caption, "aria-label": `Post ${caption}`,
    ondragstart: (event) => event.dataTransfer.setData("application/x-gallery", String(number)),
    onclick: async () => {
      const fields = inChannel({ content: "" });
      post(fields, [await fromGallery(number)]);
    },
  }, element("img", { src: `/gallery/${number}`, alt: caption, draggable: "false", loading: "lazy" })))));
}

// Posting

const post = (fields, files) => send("/messages", form(fields, Object.fromEntries(files.map((file, place) => [`file${place}`, file]))));

// Turns #channel into a channel mention, as Discord does.
const withChannelMentions = (text) =>
  text.replace(/(^|\s)#([^\s#]+)/g, (whole, before, name) => {
    const found = channelsOf(state.channel.guild).find((one) => state.channel.guild && one.name === name);
    return found ? `${before}<#${found.id}>` : whole;
  });

$("composer").addEventListener("submit", async (event) => {
  event.preventDefault();
  if (isOpen()) return run();
  const content = withChannelMentions($("text").value.trim());
  if (!content && !pending.length) return;
  const files = [...pending];
  $("writing").disabled = true; // so that a second Enter does not send it again
  const done = editing
    ? await send("/messages", onMessage(editing, { content }), "PATCH")
    : await post(inChannel({ content, ...(replying ? { reply_to: replying.id } : {}) }), files);
  $("writing").disabled = false;
  if (done) {
    $("text").value = "";
    pending = pending.filter((file) => !files.includes(file)); // another one may have been added in the meantime
    showPending();
    stop();
  }
  if (document.activeElement === document.body) $("text").focus();
});

function grow() {
  $("text").style.height = "auto";
  $("text").style.height = `${Math.min($("text").scrollHeight, 200)}px`;
}

// The list of slash commands, while the name is typed

const suggestions = new List($("text"), { label: "Commands", anchor: $("composer"), pick: (option) => ($("text").value = "", grow(), begin(option.command)) });

function suggest() {
  const typed = /^\/(\S*(?: \S*)*)$/.exec($("text").value);
  const start = typed?.[1].trimEnd().toLowerCase();
  const found = typed && !editing ? state.channel.commands.filter((one) => one.path.startsWith(start)) : [];
  if (!found.length) return suggestions.close();
  suggestions.at = 0;
  suggestions.show(found.map((command) => ({
    command, label: `/${command.path}`, description: command.description, detail: command.options.map((option) => option.name).join("  "),
  })));
}

$("text").addEventListener("input", () => (grow(), suggest()));
$("text").addEventListener("blur", () => suggestions.close());
$("text").addEventListener("keydown", (event) => {
  if (event.isComposing || suggestions.handleKey(event)) return;
  if (event.key === "Enter" && !event.shiftKey) {
    event.preventDefault();
    $("composer").requestSubmit();
  }
  if (event.key === "Escape") stop();
  if (event.key === "ArrowUp" && !$("text").value && !editing) editLast(event);
});

// Typing after a click on a button goes into the text box, as in Discord; a space still presses the button.
addEventListener("keydown", (event) => {
  const character = event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.metaKey && !event.altKey;
  if (character && !event.target.closest("input, textarea, select, dialog, [role=menu], [role=listbox], [role=combobox]")) $("text").focus();
});

function editLast(event) {
  const mine = [...state.messages.values()].filter((one) => one.channel_id === state.channel.id && one.author.id === me());
  if (!mine.length) return;
  event.preventDefault();
  edit(mine.at(-1));
}
