// The chat page: listens to the feed and shows the open channel.

import { reset, showGallery } from "/composer.js";
import { $ } from "/dom.js";
import { dots, messageNode, regroup, remove } from "/messages.js";
import { markUnread, showBot, showSidebar } from "/places.js";
import { closePopup, popupBelongsTo } from "/popup.js";
import { me, names, state } from "/state.js";

let socket = null;
const typing = new Map();

// The feed

function connect(user = "") {
  socket?.close();
  const mine = (socket = new WebSocket(`ws://${location.host}/feed?as=${user}`));
  mine.addEventListener("message", (event) => mine === socket && apply(JSON.parse(event.data)));
  mine.addEventListener("close", () => {
    if (mine !== socket) return;
    showBot(false, "The sandbox is not running");
    setTimeout(() => mine === socket && connect(user), 2000);
  });
}

function apply(change) {
  if (change.type === "world") setWorld(change);
  if (change.type === "bot") showBot(change.online);
  if (change.type === "typing") startTyping(change);
  if (change.type === "message") setMessage(change.message);
  if (change.type === "delete") deleteMessage(change.id);
}

function setWorld(change) {
  state.world = change;
  state.me = change.me;
  state.messages = new Map(change.messages.map((message) => [message.id, message]));
  showBot(change.bot.online);
  showGallery();
  showChannel(state.channel?.id);
}

function setMessage(message) {
  const isNew = !state.messages.has(message.id);
  state.messages.set(message.id, message);
  if (isNew) stopTyping(message.channel_id, message.author.id);
  if (state.dismissed.has(message.id)) return;
  if (message.channel_id !== state.channel.id) return isNew && markUnread(message.channel_id);
  const node = messageNode(message);
  const old = $(`m${message.id}`);
  if (old) replace(old, node);
  else $("messages").append(node);
  regroup(node);
  if (atEnd || (isNew && message.author.id === me())) scrollToEnd();
}

function deleteMessage(id) {
  state.messages.delete(id);
  remove($(`m${id}`));
  for (const message of state.messages.values())
    if (message.referenced_message?.id === id) setMessage({ ...message, referenced_message: null });
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
  showSidebar({ onChannel: showChannel, onUser: actAs });
  $("channel").textContent = state.channel.name;
  $("channel").className = state.channel.guild ? "guild" : "direct";
  const messages = [...state.messages.values()].filter((one) => one.channel_id === state.channel.id && !state.dismissed.has(one.id));
  $("messages").replaceChildren(...messages.map(messageNode));
  for (const node of $("messages").children) regroup(node);
  reset();
  showTyping();
  scrollToEnd();
}

function actAs(user) {
  state.me = user;
  state.dismissed.clear();
  connect(user);
}

// The newest message stays visible unless the user has scrolled up.

let atEnd = true;

function scrollToEnd() {
  $("messages").scrollTop = $("messages").scrollHeight;
}

$("messages").addEventListener("scroll", () => {
  const list = $("messages");
  atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 80;
  if (popupBelongsTo(list)) closePopup();
});
$("messages").addEventListener("load", () => atEnd && scrollToEnd(), true); // pictures

new ResizeObserver(() => atEnd && scrollToEnd()).observe($("messages"));

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
  const visible = [...typing.keys()].map((key) => key.split(" ")).filter(([channel]) => channel === state.channel.id);
  const users = visible.map(([, user]) => names.user(user));
  $("typing").replaceChildren(...(users.length ? [dots(), `${users.join(" and ")} ${users.length > 1 ? "are" : "is"} typing`] : []));
}

connect();
