// A modal: a form to submit or cancel.

import { send } from "/api.js";
import { button, element } from "/dom.js";
import { markdown } from "/markdown.js";
import { selectOf } from "/select.js";
import { me, names } from "/state.js";

const [ROW, TEXT_INPUT, TEXT, LABEL] = [1, 4, 10, 18];

export function openModal(modal) {
  const values = {};
  const dialog = element("dialog", { class: "modal", "aria-labelledby": "modal-title" });
  const form = element("form", { autocomplete: "off" },
    element("h2", { id: "modal-title" }, modal.title),
    modal.components.map((part) => partNode(part, values)),
    element("p", { class: "row end" },
      button({ class: "button secondary", onclick: () => dialog.close() }, "Cancel"),
      element("button", { class: "button primary" }, "Submit")));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const response = await send("/modals", { as: me(), modal: modal.id, values });
    if (!response) return;
    dialog.close();
    if (response.modal) openModal(response.modal);
  });
  dialog.addEventListener("close", () => dialog.remove());
  dialog.append(form);
  document.body.append(dialog);
  dialog.showModal();
  form.querySelector("input, textarea, .select")?.focus();
}

function partNode(part, values) {
  if (part.type === TEXT) return element("div", { class: "text" }, markdown(part.content, names));
  if (part.type === ROW) return part.components.map((field) => labelledField(field.label, "", field, values));
  return part.type === LABEL ? labelledField(part.label, part.description, part.component, values) : null;
}

function labelledField(label, description, field, values) {
  const required = field.required !== false;
  const control = field.type === TEXT_INPUT ? textInput(field, required, values) : menu(field, label, values);
  return element("label", { class: "field" },
    element("span", { class: "caption" }, label, required ? element("b", { "aria-hidden": "true" }, " *") : null),
    description ? element("small", {}, description) : null, control);
}

function textInput(field, required, values) {
  const long = field.style === 2;
  const control = element(long ? "textarea" : "input", {
    type: long ? null : "text", rows: long ? 4 : null, placeholder: field.placeholder, required,
    minlength: field.min_length, maxlength: field.max_length ?? 4000,
  });
  control.value = field.value ?? "";
  control.addEventListener("input", () => (values[field.custom_id] = control.value));
  return control;
}

const menu = (field, label, values) => selectOf(field, { label, onchoose: (chosen) => (values[field.custom_id] = chosen) });
