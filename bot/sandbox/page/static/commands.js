// The form of a slash command: one field per option, with the bot's autocompletion.

import { form, inChannel, send } from "/api.js";
import { $, button, element } from "/dom.js";
import { openModal } from "/modal.js";
import { List } from "/popup.js";
import { channelsOf, members, roles, state, user } from "/state.js";

const [STRING, INTEGER, BOOLEAN, USER, CHANNEL, ROLE, MENTIONABLE, NUMBER, ATTACHMENT] = [3, 4, 5, 6, 7, 8, 9, 10, 11];
const DEBOUNCE_MS = 120; // between a key and the request for choices

let command = null;

export const isOpen = () => command !== null;

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

// Puts a dropped or pasted file into the command's first empty file field; returns whether there is one.
export function fillFile(file) {
  const input = [...$("command").querySelectorAll('[type="file"]')].find((one) => !one.files.length);
  if (!input) return false;
  const transfer = new DataTransfer();
  transfer.items.add(file);
  input.files = transfer.files;
  return true;
}

$("command").addEventListener("keydown", (event) => event.key === "Escape" && (end(), $("text").focus()));

function field(option) {
  return element("label", {}, element("span", { class: "caption" }, option.name, option.required ? null : element("i", {}, " optional")), control(option),
    option.description === "…" ? null : element("small", {}, option.description));
}

function control(option) {
  const attributes = { name: option.name, required: option.required, "aria-label": option.name };
  const text = { ...attributes, minlength: option.min_length, maxlength: option.max_length };
  const number = { ...attributes, type: "number", min: option.min_value, max: option.max_value };
  if (option.choices?.length) return dropdown(attributes, option.choices.map((one) => [one.value, one.name]));
  if (option.autocomplete) return withAutocomplete(option, element("input", { ...text, type: "text", inputmode: option.type === STRING ? null : "decimal" }));
  switch (option.type) {
    case INTEGER: return element("input", { ...number, step: 1 });
    case NUMBER: return element("input", { ...number, step: "any" });
    case BOOLEAN: return dropdown(attributes, [["true", "True"], ["false", "False"]]);
    case USER: case MENTIONABLE: return dropdown(attributes, members().map((id) => [id, user(id).name]));
    case ROLE: return dropdown(attributes, roles());
    case CHANNEL: return dropdown(attributes, channelsOf(state.channel.guild).map((one) => [one.id, `#${one.name}`]));
    case ATTACHMENT: return element("input", { ...attributes, type: "file" });
    default: return element("input", { ...text, type: "text" });
  }
}

const dropdown = (attributes, entries) => element("select", attributes, element("option", { value: "" }, attributes.required ? "Choose" : ""),
  entries.map(([value, name]) => element("option", { value }, name)));

// Autocompletion

function withAutocomplete(option, input) {
  let requests = 0;
  let timer = null;
  const list = new List(input, {
    label: `Choices for ${option.name}`,
    anchor: $("composer"),
    pick: (chosen) => {
      input.value = chosen.label;
      input.dataset.value = chosen.value;
    },
  });
  const request = async () => {
    if (!command) return; // the command was run or cancelled in the meantime
    const mine = (requests += 1);
    const response = await send("/autocomplete", inChannel({ command: command.path, option: option.name, typed: input.value, options: values(option.name) }));
    if (mine !== requests || document.activeElement !== input || !command) return;
    list.at = 0;
    list.show((response?.choices ?? []).map((one) => ({ label: one.name, value: one.value })), "No options match your search");
  };
  const requestSoon = () => {
    clearTimeout(timer);
    timer = setTimeout(request, DEBOUNCE_MS);
  };
  input.addEventListener("input", () => (delete input.dataset.value, requestSoon()));
  input.addEventListener("focus", requestSoon);
  input.addEventListener("blur", () => {
    clearTimeout(timer);
    requests += 1;
    list.close();
  });
  input.addEventListener("keydown", (event) => list.handleKey(event));
  return input;
}

// The values of the fields, without files and the `excluded` option.

function values(excluded = null) {
  const found = {};
  for (const option of command.options) {
    const input = $("command").querySelector(`[name="${CSS.escape(option.name)}"]`);
    if (option.type !== ATTACHMENT && option.name !== excluded && input.value) found[option.name] = input.dataset.value ?? input.value;
  }
  return found;
}

export async function run() {
  const files = {};
  for (const option of command.options.filter((one) => one.type === ATTACHMENT)) {
    const [file] = $("command").querySelector(`[name="${CSS.escape(option.name)}"]`).files;
    if (file) files[option.name] = file;
  }
  const body = form(inChannel({ command: command.path, options: JSON.stringify(values()) }), files);
  end();
  $("text").focus();
  const response = await send("/commands", body);
  if (response?.modal) openModal(response.modal);
}
