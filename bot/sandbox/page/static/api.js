// Sends the user's actions to the server.

import { $ } from "/dom.js";
import { me, state } from "/state.js";

// Returns the response's body: {} if it has none, null after an error, which is shown.
export async function send(path, body, method = "POST") {
  try {
    const response = await fetch(path, { method, body: body instanceof FormData ? body : JSON.stringify(body) });
    const content = response.status === 204 ? {} : await response.json().catch(() => ({}));
    if (response.ok) return content;
    notify(content.error ?? `Request failed (HTTP ${response.status}). Reload the page and try again.`);
  } catch {
    notify("The sandbox is not running. Start it and try again.");
  }
  return null;
}

export const inChannel = (more = {}) => ({ as: me(), channel: state.channel.id, ...more });
export const onMessage = (message, more = {}) => ({ as: me(), channel: message.channel_id, message: message.id, ...more });

export function form(fields, files = {}) {
  const data = new FormData();
  for (const [name, value] of Object.entries(fields)) data.append(name, value);
  for (const [name, file] of Object.entries(files)) data.append(name, file, file.name);
  return data;
}

function notify(text) {
  $("notice").textContent = text;
  $("notice").hidden = false;
  clearTimeout(notify.timer);
  notify.timer = setTimeout(() => ($("notice").hidden = true), 6000);
}
