// The page's state: the world as last sent by the server, and what the user has open.

export const state = {
  world: null,
  me: null, // the acting user; set at once, before the server sends the world as this user sees it
  channel: null, // the open channel
  messages: new Map(),
  dismissed: new Set(),
};

export const me = () => state.me;
export const user = (id) => state.world.users[id] ?? { name: "Unknown User", bot: false };
export const guild = (id = state.channel.guild) => state.world.guilds.find((one) => one.id === id);
export const channelsOf = (id) => state.world.channels.filter((one) => one.guild === id);
export const roles = () => Object.entries(guild()?.roles ?? {});
export const members = () => guild()?.members ?? [me(), state.world.bot.id];

// Resolves mentions in markdown.
export const names = {
  user: (id) => user(id).name,
  role: (id) => state.world.guilds.map((one) => one.roles[id]).find(Boolean) ?? "deleted-role",
  channel: (id) => state.world.channels.find((one) => one.id === id)?.name ?? "unknown",
};
