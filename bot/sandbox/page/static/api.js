// What a person does, told to the server.

import { $ } from "/dom.js";
import { me, state } from "/state.js";

// The server's answer, an empty one where it has nothing to say, and null where it refused (which is shown).
export async function send(path, body, method = "POST") {
  try {
    const answer = await fetch(path, { method, body: body instanceof FormData ? body : JSON.stringify(body) });
    const told = answer.status === 204 ? {} : await answer.json().catch(() => ({}));
    if (answer.ok) return told;
    notice(told.error ?? `That did not work (${answer.status}).`);
  } catch {
    notice("The sandbox is not running.");
  }
  return null;
}

export const here = (more = {}) => ({ as: me(), channel: state.channel.id, ...more });
export const about = (message, more = {}) => ({ as: me(), channel: message.channel_id, message: message.id, ...more });

export function form(fields, files = {}) {
  const data = new FormData();
  for (const [name, value] of Object.entries(fields)) data.append(name, value);
  for (const [name, file] of Object.entries(files)) data.append(name, file, file.name);
  return data;
}

export function notice(words) {
  $("notice").textContent = words;
  $("notice").hidden = false;
  clearTimeout(notice.timer);
  notice.timer = setTimeout(() => ($("notice").hidden = true), 6000);
}
