// A message's components: rows of buttons and select menus, and sections and containers of version 2.

import { onMessage, send } from "/api.js";
import { button, element } from "/dom.js";
import { markdown } from "/markdown.js";
import { openModal } from "/modal.js";
import { selectOf } from "/select.js";
import { channelsOf, members, names, state } from "/state.js";

const [BUTTON, STRING_SELECT, USER_SELECT, CHANNEL_SELECT, SECTION, TEXT, SEPARATOR, CONTAINER] = [2, 3, 5, 8, 9, 10, 14, 17];
const STYLES = { 1: "primary", 2: "secondary", 3: "success", 4: "danger" };

export function component(spec, message) {
  const children = () => spec.components.map((child) => component(child, message));
  switch (spec.type) {
    case BUTTON: return messageButton(spec, message);
    case STRING_SELECT: case USER_SELECT: case CHANNEL_SELECT: return selectOf({ options: offered(spec), ...spec }, { key: spec.custom_id, onchoose: (values, control) => use(control, message, spec.custom_id, values) });
    case TEXT: return element("div", { class: "text" }, markdown(spec.content, names));
    case SEPARATOR: return element("hr");
    case SECTION: return element("div", { class: "section" }, element("div", {}, children()), component(spec.accessory, message));
    case CONTAINER: return element("div", { class: "embed" }, children());
    default: return element("div", { class: "row" }, (spec.components ?? []).map((child) => component(child, message)));
  }
}

function offered(spec) {
  const chosen = new Set((spec.default_values ?? []).map((one) => one.id));
  const options = spec.type === USER_SELECT
    ? members().map((id) => ({ value: id, label: names.user(id) }))
    : channelsOf(state.channel.guild).map((one) => ({ value: one.id, label: `#${one.name}` }));
  return options.map((option) => ({ ...option, default: chosen.has(option.value) }));
}

function messageButton(spec, message) {
  const label = [spec.emoji?.name, spec.label].filter(Boolean).join(" ");
  if (spec.url) return element("a", { class: "button link", href: spec.url, target: "_blank", rel: "noopener noreferrer nofollow" }, label);
  return button({ class: `button ${STYLES[spec.style]}`, disabled: spec.disabled, "data-key": spec.custom_id,
    onclick: (event) => use(event.currentTarget, message, spec.custom_id, null) }, label);
}

async function use(control, message, custom_id, values) {
  control.disabled = true;
  const response = await send("/components", onMessage(message, { custom_id, values }));
  control.disabled = false;
  if (response?.modal) openModal(response.modal);
}
