// What the page knows: the world as the server last told it, and where the reader is in it.

export const state = {
  world: null,
  me: null, // who acts, from the choice on: the world as they see it follows
  channel: null, // the open channel
  messages: new Map(),
  dismissed: new Set(),
};

export const me = () => state.me;
export const user = (id) => state.world.users[id] ?? { name: "somebody", bot: false };
export const guild = (id = state.channel.guild) => state.world.guilds.find((one) => one.id === id);
export const channelsOf = (id) => state.world.channels.filter((one) => one.guild === id);
export const members = () => guild()?.members ?? [me(), state.world.bot.id];

// What markdown needs to name people and channels.
export const names = {
  user: (id) => user(id).name,
  channel: (id) => state.world.channels.find((one) => one.id === id)?.name ?? "somewhere",
};
