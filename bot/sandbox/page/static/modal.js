// A modal of the bot's: fields to fill in, then submit or dismiss.

import { send } from "/api.js";
import { button, element } from "/dom.js";
import { markdown } from "/markdown.js";
import { selectOf } from "/select.js";
import { me, names } from "/state.js";

const [ROW, TEXT_INPUT, TEXT, LABEL] = [1, 4, 10, 18];

export function openModal(told) {
  const values = {};
  const dialog = element("dialog", { class: "modal", "aria-labelledby": "modal-title" });
  const form = element("form", { autocomplete: "off" },
    element("h2", { id: "modal-title" }, told.title),
    told.components.map((part) => shown(part, values)),
    element("p", { class: "row end" },
      button({ class: "button secondary", onclick: () => dialog.close() }, "Cancel"),
      element("button", { class: "button primary" }, "Submit")));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const answer = await send("/modals", { as: me(), modal: told.id, values });
    if (!answer) return;
    dialog.close();
    if (answer.modal) openModal(answer.modal);
  });
  dialog.addEventListener("close", () => dialog.remove());
  dialog.append(form);
  document.body.append(dialog);
  dialog.showModal();
  form.querySelector("input, textarea, .select")?.focus();
}

function shown(part, values) {
  if (part.type === TEXT) return element("div", { class: "text" }, markdown(part.content, names));
  if (part.type === ROW) return part.components.map((field) => labelled(field.label, "", field, values));
  return part.type === LABEL ? labelled(part.label, part.description, part.component, values) : null;
}

function labelled(words, description, field, values) {
  const needed = field.required !== false;
  const control = field.type === TEXT_INPUT ? textInput(field, needed, values) : menu(field, words, values);
  return element("label", { class: "field" },
    element("span", { class: "words" }, words, needed ? element("b", { "aria-hidden": "true" }, " *") : null),
    description ? element("small", {}, description) : null, control);
}

function textInput(field, needed, values) {
  const long = field.style === 2;
  const control = element(long ? "textarea" : "input", {
    type: long ? null : "text", rows: long ? 4 : null, placeholder: field.placeholder, required: needed,
    minlength: field.min_length, maxlength: field.max_length ?? 4000,
  });
  control.value = field.value ?? "";
  control.addEventListener("input", () => (values[field.custom_id] = control.value));
  return control;
}

const menu = (field, label, values) => selectOf(field, { label, onchoose: (chosen) => (values[field.custom_id] = chosen) });
