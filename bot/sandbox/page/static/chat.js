// The chat page: hears the feed, and shows the open channel.

import { reset, showGallery } from "/composer.js";
import { $ } from "/dom.js";
import { dots, regroup, remove, show } from "/messages.js";
import { markUnread, showBot, showPlaces } from "/places.js";
import { closePopup, popupBelongsTo } from "/popup.js";
import { me, names, state } from "/state.js";

let socket = null;
const typing = new Map();

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
  if (change.type === "world") open(change);
  if (change.type === "bot") showBot(change.online);
  if (change.type === "typing") startTyping(change);
  if (change.type === "message") keep(change.message);
  if (change.type === "delete") drop(change.id);
}

function open(change) {
  state.world = change;
  state.me = change.me;
  state.messages = new Map(change.messages.map((message) => [message.id, message]));
  showBot(change.bot.online);
  showGallery();
  showChannel(state.channel?.id);
}

function keep(message) {
  const fresh = !state.messages.has(message.id);
  state.messages.set(message.id, message);
  if (fresh) stopTyping(message.channel_id, message.author.id);
  if (state.dismissed.has(message.id)) return;
  if (message.channel_id !== state.channel.id) return fresh && markUnread(message.channel_id);
  const node = show(message);
  const old = $(`m${message.id}`);
  if (old) replace(old, node);
  else $("messages").append(node);
  regroup(node);
  if (atEnd || (fresh && message.author.id === me())) toEnd();
}

function drop(id) {
  state.messages.delete(id);
  remove($(`m${id}`));
  for (const message of state.messages.values())
    if (message.referenced_message?.id === id) keep({ ...message, referenced_message: null });
}

function replace(old, node) {
  if (popupBelongsTo(old)) closePopup();
  const key = old.contains(document.activeElement) && document.activeElement.dataset.key;
  old.replaceWith(node);
  if (key) node.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus();
}

// Channels

function showChannel(id) {
  const { channels } = state.world;
  state.channel = channels.find((channel) => channel.id === id) ?? channels[0];
  closePopup();
  showPlaces({ onChannel: showChannel, onPerson: become });
  $("channel").textContent = state.channel.name;
  $("channel").className = state.channel.guild ? "guild" : "direct";
  const messages = [...state.messages.values()].filter((one) => one.channel_id === state.channel.id && !state.dismissed.has(one.id));
  $("messages").replaceChildren(...messages.map(show));
  for (const node of $("messages").children) regroup(node);
  reset();
  showTyping();
  toEnd();
}

function become(person) {
  state.me = person;
  state.dismissed.clear();
  connect(person);
}

// The newest message stays in sight unless the reader has scrolled up.

let atEnd = true;

function toEnd() {
  $("messages").scrollTop = $("messages").scrollHeight;
}

$("messages").addEventListener("scroll", () => {
  const list = $("messages");
  atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 80;
  if (popupBelongsTo(list)) closePopup();
});
$("messages").addEventListener("load", () => atEnd && toEnd(), true); // pictures

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
  const here = [...typing.keys()].map((key) => key.split(" ")).filter(([channel]) => channel === state.channel.id);
  const who = here.map(([, user]) => names.user(user));
  $("typing").replaceChildren(...(who.length ? [dots(), `${who.join(" and ")} ${who.length > 1 ? "are" : "is"} typing`] : []));
}

connect();
