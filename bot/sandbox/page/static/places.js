// The sidebar: the servers, the channels of the open one, and the users to post as.

import { send } from "/api.js";
import { $, avatar, button, element, icon } from "/dom.js";
import { openMenu } from "/popup.js";
import { channelsOf, guild, me, state } from "/state.js";

const PERSON_ICON = "M12 12a4 4 0 1 0-4-4 4 4 0 0 0 4 4Zm-7 8c0-3.500 3-6 7-6s7 2.500 7 6";
const unread = new Set(); // ids of channels

export function showSidebar({ onChannel, onUser }) {
  const open = (id) => {
    document.body.classList.remove("browsing");
    onChannel(id);
  };
  unread.delete(state.channel.id);
  showServers(open);
  showChannels(open);
  showPeople(onUser);
}

export function markUnread(id) {
  unread.add(id);
  const channel = state.world.channels.find((one) => one.id === id);
  document.querySelector(`[data-channel="${id}"]`)?.classList.add("unread");
  document.querySelector(`[data-guild="${channel?.guild ?? "direct"}"]`)?.classList.add("unread");
}

function showServers(open) {
  const entry = (id, name, mark) => {
    const channels = channelsOf(id);
    return element("li", {}, button({
      "data-guild": id ?? "direct", title: name, "aria-label": name, "aria-current": state.channel.guild === id ? "true" : null,
      class: channels.some((one) => unread.has(one.id)) ? "unread" : null, disabled: !channels.length,
      onclick: () => open(channels[0].id),
    }, mark));
  };
  $("servers").replaceChildren(
    entry(null, "Direct Messages", icon(PERSON_ICON)),
    ...state.world.guilds.map((one) => entry(one.id, one.name, initials(one.name))));
}

const initials = (name) => name.split(/\s+/).map((word) => word[0]).join("").slice(0, 2).toUpperCase();

function showChannels(open) {
  const server = guild();
  $("guild").textContent = server?.name ?? "Direct Messages";
  $("server-menu").hidden = Boolean(server && !server.managed);
  $("server-menu").ariaLabel = server ? "Server Menu" : "App Menu";
  $("bot-missing").hidden = !server || server.bot;
  $("channels").replaceChildren(...channelsOf(state.channel.guild).map((one) =>
    element("li", {}, button({
      "data-channel": one.id, class: [one.guild ? "guild" : "direct", unread.has(one.id) ? "unread" : ""].join(" ").trim(),
      "aria-current": one.id === state.channel.id ? "page" : null, onclick: () => open(one.id),
    }, one.name))));
}

$("server-menu").addEventListener("click", (event) => (guild() ? serverMenu : appMenu)(event));

// Where the bot is not, its commands are those of people who have installed it to their account.
function appMenu(event) {
  const { installed } = state.world;
  const act = () => send("/installs", { as: me(), installed: !installed });
  const item = installed ? { label: "Remove Thumbprint from My Apps", danger: true, act } : { label: "Add Thumbprint to My Apps", act };
  openMenu(event.currentTarget, [{ title: "", items: [item] }], { label: "App Menu" });
}

function serverMenu(event) {
  const { id, bot } = guild();
  const act = () => send("/bot", { as: me(), guild: id, bot: !bot });
  const item = bot ? { label: "Remove Thumbprint from Server", danger: true, act } : { label: "Add Thumbprint to Server", act };
  openMenu(event.currentTarget, [{ title: "", items: [item] }], { label: "Server Menu" });
}

$("browse").addEventListener("click", () => document.body.classList.toggle("browsing"));
$("backdrop").addEventListener("click", () => document.body.classList.remove("browsing"));

function showPeople(onUser) {
  const role = (one) => (state.channel.guild ? one.roles[state.channel.guild] ?? "Not in this server" : one.roles[state.world.guilds[0]?.id] ?? "Member");
  $("people").replaceChildren(...state.world.people.map((one) => element("label", {},
    element("input", { type: "radio", name: "person", class: "visually-hidden", checked: one.id === me(), onchange: () => onUser(one.id) }),
    avatar({ name: one.name, bot: false }),
    element("span", {}, element("strong", {}, one.name), element("small", {}, role(one))))));
}

export function showBot(online, text = `Thumbprint is ${online ? "online" : "offline"}`) {
  $("bot").textContent = text;
  $("bot").classList.toggle("online", online);
}
