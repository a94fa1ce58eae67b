// What stands under a message: rows of buttons and select menus, and the second version's sections and containers.

import { about, send } from "/api.js";
import { button, element } from "/dom.js";
import { markdown } from "/markdown.js";
import { openModal } from "/modal.js";
import { selectOf } from "/select.js";
import { channelsOf, members, names, state } from "/state.js";

const [BUTTON, STRING_SELECT, USER_SELECT, CHANNEL_SELECT, SECTION, TEXT, SEPARATOR, CONTAINER] = [2, 3, 5, 8, 9, 10, 14, 17];
const STYLES = { 1: "primary", 2: "secondary", 3: "success", 4: "danger" };

export function component(told, message) {
  const children = () => told.components.map((child) => component(child, message));
  switch (told.type) {
    case BUTTON: return pressable(told, message);
    case STRING_SELECT: case USER_SELECT: case CHANNEL_SELECT: return selectOf({ options: offered(told.type), ...told }, { key: told.custom_id, onchoose: (values, control) => use(control, message, told.custom_id, values) });
    case TEXT: return element("div", { class: "text" }, markdown(told.content, names));
    case SEPARATOR: return element("hr");
    case SECTION: return element("div", { class: "section" }, element("div", {}, children()), component(told.accessory, message));
    case CONTAINER: return element("div", { class: "embed" }, children());
    default: return element("div", { class: "row" }, (told.components ?? []).map((child) => component(child, message)));
  }
}

const offered = (type) => type === USER_SELECT
  ? members().map((id) => ({ value: id, label: names.user(id) }))
  : channelsOf(state.channel.guild).map((one) => ({ value: one.id, label: `#${one.name}` }));

function pressable(told, message) {
  const words = [told.emoji?.name, told.label].filter(Boolean).join(" ");
  if (told.url) return element("a", { class: "button link", href: told.url, target: "_blank", rel: "noopener noreferrer nofollow" }, words);
  return button({ class: `button ${STYLES[told.style]}`, disabled: told.disabled, "data-key": told.custom_id,
    onclick: (event) => use(event.currentTarget, message, told.custom_id, null) }, words);
}

async function use(control, message, custom_id, values) {
  control.disabled = true;
  const answer = await send("/components", about(message, { custom_id, values }));
  control.disabled = false;
  if (answer?.modal) openModal(answer.modal);
}
