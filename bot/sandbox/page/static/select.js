// A select menu, as a combobox with a list.

import { button, element } from "/dom.js";
import { inline } from "/markdown.js";
import { List } from "/popup.js";
import { names } from "/state.js";

// Calls `onchoose(values, control)` after each choice.
export function selectOf(menu, { key = null, label = "", onchoose }) {
  const maximum = menu.max_values ?? 1;
  const minimum = menu.min_values ?? 1;
  const placeholder = menu.placeholder ?? "Make a selection";
  const options = menu.options.map((option) => ({ ...option, emoji: option.emoji?.name }));
  const showChosen = (values) => {
    const found = options.filter((option) => values.includes(option.value)).map((option) => option.label);
    control.replaceChildren(found.length ? found.join(", ") : element("span", { class: "placeholder" }, ...inline(placeholder, names)));
  };
  const control = button({ class: "select", "aria-label": label || placeholder, disabled: menu.disabled, "data-key": key });
  const defaults = options.filter((option) => option.default).map((option) => option.value);
  const multiple = maximum > 1 || minimum === 0;
  let values = defaults;
  const choose = (chosen) => {
    values = chosen;
    showChosen(values);
    onchoose(values, control);
  };
  const list = new List(control, {
    label: label || placeholder, multiple,
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
    if (list.handleKey(event) || event.key !== "ArrowDown") return;
    event.preventDefault();
    control.click();
  });
  showChosen(values);
  return control;
}
