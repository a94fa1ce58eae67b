// A select menu of the bot's, as a combobox with a list.

import { button, element } from "/dom.js";
import { inline } from "/markdown.js";
import { List } from "/popup.js";
import { names } from "/state.js";

// `onchoose(values, control)` is called with what was chosen.
export function selectOf(told, { key = null, label = "", onchoose }) {
  const most = told.max_values ?? 1;
  const least = told.min_values ?? 1;
  const words = told.placeholder ?? "Make a selection";
  const options = told.options.map((option) => ({ ...option, emoji: option.emoji?.name }));
  const shown = (values) => {
    const found = options.filter((option) => values.includes(option.value)).map((option) => option.label);
    control.replaceChildren(found.length ? found.join(", ") : element("span", { class: "placeholder" }, ...inline(words, names)));
  };
  const control = button({ class: "select", "aria-label": label || words, disabled: told.disabled, "data-key": key });
  const started = options.filter((option) => option.default).map((option) => option.value);
  const multiple = most > 1 || least === 0;
  let values = started;
  const choose = (chosen) => {
    values = chosen;
    shown(values);
    onchoose(values, control);
  };
  const list = new List(control, {
    label: label || words, multiple,
    pick: (option) => choose([option.value]),
    onclose: () => {
      const chosen = [...list.chosen].sort((one, other) => one - other).map((place) => options[place].value);
      if (multiple && chosen.join("\n") !== values.join("\n")) choose(chosen);
    },
  });
  control.addEventListener("click", () => {
    if (list.isOpen) return list.close();
    list.chosen = new Set(options.flatMap((option, place) => (values.includes(option.value) ? [place] : [])));
    list.show(options);
  });
  control.addEventListener("keydown", (event) => {
    if (list.key(event) || event.key !== "ArrowDown") return;
    event.preventDefault();
    control.click();
  });
  shown(values);
  return control;
}
