// A slash command that is being filled in: one field for each option, with autocompletion where the bot offers it.

import { form, here, send } from "/api.js";
import { $, button, element } from "/dom.js";
import { openModal } from "/modal.js";
import { List } from "/popup.js";
import { channelsOf, members, state, user } from "/state.js";

const [STRING, INTEGER, BOOLEAN, USER, CHANNEL, MENTIONABLE, NUMBER, ATTACHMENT] = [3, 4, 5, 6, 7, 9, 10, 11];
const PAUSE_MS = 120; // between a key and asking for choices

let command = null;

export const running = () => command !== null;

export function begin(chosen) {
  command = chosen;
  $("command").hidden = false;
  $("command").replaceChildren(
    element("legend", {}, element("strong", {}, `/${chosen.path}`), ` ${chosen.description}`),
    ...chosen.options.map(field),
    element("p", { class: "row" }, element("button", { class: "button primary" }, "Run"),
      button({ class: "button secondary", onclick: () => (end(), $("text").focus()) }, "Cancel")),
  );
  document.body.classList.add("commanding");
  ($("command").querySelector("input, select") ?? $("command").querySelector("button")).focus();
}

export function end() {
  command = null;
  $("command").hidden = true;
  $("command").replaceChildren();
  document.body.classList.remove("commanding");
}

// Put a dropped or pasted file into the command's first empty field for one; answers whether there is one.
export function fillFile(file) {
  const input = [...$("command").querySelectorAll('[type="file"]')].find((one) => !one.files.length);
  if (!input) return false;
  const carried = new DataTransfer();
  carried.items.add(file);
  input.files = carried.files;
  return true;
}

$("command").addEventListener("keydown", (event) => event.key === "Escape" && (end(), $("text").focus()));

function field(option) {
  return element("label", {}, element("span", { class: "words" }, option.name, option.required ? null : element("i", {}, " optional")), control(option),
    option.description === "…" ? null : element("small", {}, option.description));
}

function control(option) {
  const about = { name: option.name, required: option.required, "aria-label": option.name };
  const text = { ...about, minlength: option.min_length, maxlength: option.max_length };
  const number = { ...about, type: "number", min: option.min_value, max: option.max_value };
  if (option.choices?.length) return choice(about, option.choices.map((one) => [one.value, one.name]));
  if (option.autocomplete) return completed(option, element("input", { ...text, type: "text", inputmode: option.type === STRING ? null : "decimal" }));
  switch (option.type) {
    case INTEGER: return element("input", { ...number, step: 1 });
    case NUMBER: return element("input", { ...number, step: "any" });
    case BOOLEAN: return choice(about, [["true", "True"], ["false", "False"]]);
    case USER: case MENTIONABLE: return choice(about, members().map((id) => [id, user(id).name]));
    case CHANNEL: return choice(about, channelsOf(state.channel.guild).map((one) => [one.id, `#${one.name}`]));
    case ATTACHMENT: return element("input", { ...about, type: "file" });
    default: return element("input", { ...text, type: "text" });
  }
}

const choice = (about, entries) => element("select", about, element("option", { value: "" }, about.required ? "Choose" : ""),
  entries.map(([value, name]) => element("option", { value }, name)));

// Autocompletion

function completed(option, input) {
  let asked = 0;
  let timer = null;
  const list = new List(input, {
    label: `Choices of ${option.name}`,
    anchor: $("composer"),
    pick: (chosen) => {
      input.value = chosen.label;
      input.dataset.value = chosen.value;
    },
  });
  const ask = async () => {
    if (!command) return; // it was run or cancelled meanwhile
    const mine = (asked += 1);
    const answer = await send("/autocomplete", here({ command: command.path, option: option.name, typed: input.value, options: filled(option.name) }));
    if (mine !== asked || document.activeElement !== input || !command) return;
    list.at = 0;
    list.show((answer?.choices ?? []).map((one) => ({ label: one.name, value: one.value })), "No options match your search");
  };
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE_MS);
  };
  input.addEventListener("input", () => (delete input.dataset.value, soon()));
  input.addEventListener("focus", soon);
  input.addEventListener("blur", () => {
    clearTimeout(timer);
    asked += 1;
    list.close();
  });
  input.addEventListener("keydown", (event) => list.key(event));
  return input;
}

// What is filled in, files and one option left aside

function filled(but = null) {
  const values = {};
  for (const option of command.options) {
    const input = $("command").querySelector(`[name="${CSS.escape(option.name)}"]`);
    if (option.type !== ATTACHMENT && option.name !== but && input.value) values[option.name] = input.dataset.value ?? input.value;
  }
  return values;
}

export async function run() {
  const files = {};
  for (const option of command.options.filter((one) => one.type === ATTACHMENT)) {
    const [file] = $("command").querySelector(`[name="${CSS.escape(option.name)}"]`).files;
    if (file) files[option.name] = file;
  }
  const asked = form(here({ command: command.path, options: JSON.stringify(filled()) }), files);
  end();
  $("text").focus();
  const answer = await send("/commands", asked);
  if (answer?.modal) openModal(answer.modal);
}
