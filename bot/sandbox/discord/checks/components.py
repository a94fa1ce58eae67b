"""Checks the components of messages: rows of buttons and selects, and sections and containers of version 2."""

from bot.sandbox.discord.checks.fields import (
    REQUIRED,
    Path,
    check_bool,
    check_id,
    check_list,
    check_number,
    check_object,
    check_one_of,
    check_text,
    check_url,
)
from bot.sandbox.discord.enums import SELECTS, ButtonStyle, ComponentType
from bot.sandbox.discord.errors import Problems
from bot.sandbox.discord.values import Json, Parsed

MAX_ROWS, MAX_COMPONENTS, MAX_TEXT, MAX_ID = 5, 40, 4000, (1 << 31) - 1
INSIDE_CONTAINER = (
    ComponentType.ACTION_ROW,
    ComponentType.SECTION,
    ComponentType.TEXT_DISPLAY,
    ComponentType.MEDIA_GALLERY,
    ComponentType.FILE,
    ComponentType.SEPARATOR,
)
INSIDE_MESSAGE = (*INSIDE_CONTAINER, ComponentType.CONTAINER)


def check_components(problems: Problems, at: Path, components: Parsed, *, modern: bool) -> None:
    """Check a message's components; only rows are allowed unless it has the flag of version 2 (`modern`)."""
    tree = _Tree(problems)
    allowed = INSIDE_MESSAGE if modern else (ComponentType.ACTION_ROW,)
    tree.check(at, check_list(problems, at, components, MAX_COMPONENTS if modern else MAX_ROWS), allowed)
    if modern and tree.total > MAX_COMPONENTS:
        problems.add(at, "BASE_TYPE_MAX_LENGTH", f"Must be {MAX_COMPONENTS} or fewer in length.")
    if tree.text > MAX_TEXT:
        message = f"The total text of all components must be {MAX_TEXT} or fewer in length."
        problems.add(at, "COMPONENT_MAX_TOTAL_TEXT_SIZE_EXCEEDED", message)


def check_custom_id(problems: Problems, at: Path, component: Json, seen: set[str]) -> None:
    """Check for a custom id of 1 to 100 characters that is unique in the message or modal."""
    custom_id = check_text(problems, (*at, "custom_id"), component.get("custom_id"), 1, 100)
    if custom_id in seen and custom_id:
        message = "Component custom id cannot be duplicated"
        problems.add((*at, "custom_id"), "COMPONENT_CUSTOM_ID_DUPLICATED", message)
    seen.add(custom_id)


def check_select(problems: Problems, at: Path, select: Json) -> None:
    """Check a select menu, except for its custom id."""
    check_text(problems, (*at, "placeholder"), select.get("placeholder"), 0, 150)
    minimum = check_number(problems, (*at, "min_values"), select.get("min_values"), 0, 25)
    maximum = check_number(problems, (*at, "max_values"), select.get("max_values"), 1, 25)
    most = 1 if maximum is None else maximum
    if minimum is not None and minimum > most:
        message = "The minimum number of values must not be larger than the maximum"
        problems.add((*at, "min_values"), "COMPONENT_MIN_VALUES_EXCEEDS_MAX", message)
    check_bool(problems, (*at, "disabled"), select.get("disabled"))
    if select.get("type") != ComponentType.STRING_SELECT:
        return
    options = check_list(problems, (*at, "options"), select.get("options") or [], 25, minimum=1)
    if options and maximum is not None and maximum > len(options):
        message = "The maximum number of values must not be larger than the number of options"
        problems.add((*at, "max_values"), "COMPONENT_MAX_VALUES_EXCEEDS_OPTIONS", message)
    seen: set[str] = set()
    for place, option in enumerate(options):
        where: Path = (*at, "options", place)
        check_text(problems, (*where, "label"), option.get("label"), 1, 100)
        value = check_text(problems, (*where, "value"), option.get("value"), 1, 100)
        check_text(problems, (*where, "description"), option.get("description"), 0, 100)
        check_bool(problems, (*where, "default"), option.get("default"))
        check_emoji(problems, (*where, "emoji"), option.get("emoji"))
        if value in seen and value:
            message = "The specified option value is already used"
            problems.add((*where, "value"), "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", message)
        seen.add(value)
    if sum(bool(option.get("default")) for option in options) > most:
        message = "There are more default options than can be chosen"
        problems.add((*at, "options"), "SELECT_COMPONENT_TOO_MANY_DEFAULT_VALUES", message)


def check_emoji(problems: Problems, at: Path, sent: Parsed) -> None:
    """Check an optional emoji: a character, or a custom one with an id."""
    if sent is None:
        return
    emoji = check_object(problems, at, sent)
    if emoji.get("id") is not None:
        check_id(problems, (*at, "id"), emoji["id"])
    check_text(problems, (*at, "name"), emoji.get("name"), 0, 32)


class _Tree:
    """Checks components recursively; counts them and their text."""

    def __init__(self, problems: Problems) -> None:
        self.total = 0
        self.text = 0
        self._problems = problems
        self._custom_ids: set[str] = set()

    def check(self, at: Path, components: list[Json], allowed: tuple[ComponentType, ...]) -> None:
        for index, component in enumerate(components):
            self._check_one((*at, index), component, allowed)

    def _check_one(self, at: Path, component: Json, allowed: tuple[ComponentType, ...]) -> None:
        self.total += 1
        if not check_one_of(self._problems, (*at, "type"), component.get("type"), allowed):
            return
        check_number(self._problems, (*at, "id"), component.get("id"), 0, MAX_ID)
        check_bool(self._problems, (*at, "spoiler"), component.get("spoiler"))
        match component["type"]:
            case ComponentType.ACTION_ROW:
                self._check_row(at, component)
            case ComponentType.BUTTON:
                self._check_button(at, component)
            case ComponentType.SECTION:
                self._check_section(at, component)
            case ComponentType.CONTAINER:
                check_number(self._problems, (*at, "accent_color"), component.get("accent_color"), 0, 0xFFFFFF)
                children = self._children(at, component, MAX_COMPONENTS)
                self.check((*at, "components"), children, INSIDE_CONTAINER)
            case ComponentType.TEXT_DISPLAY:
                self.text += len(check_text(self._problems, (*at, "content"), component.get("content"), 1, MAX_TEXT))
            case ComponentType.MEDIA_GALLERY:
                items = check_list(self._problems, (*at, "items"), component.get("items") or [], 10, minimum=1)
                for place, item in enumerate(items):
                    self._check_media((*at, "items", place), "media", item)
            case ComponentType.THUMBNAIL:
                self._check_media(at, "media", component)
            case ComponentType.FILE:
                self._check_media(at, "file", component)
            case ComponentType.SEPARATOR:
                check_number(self._problems, (*at, "spacing"), component.get("spacing"), 1, 2)
                check_bool(self._problems, (*at, "divider"), component.get("divider"))
            case kind if kind in SELECTS:
                check_custom_id(self._problems, at, component, self._custom_ids)
                check_select(self._problems, at, component)

    def _children(self, at: Path, component: Json, maximum: int) -> list[Json]:
        return check_list(self._problems, (*at, "components"), component.get("components") or [], maximum, minimum=1)

    def _check_row(self, at: Path, row: Json) -> None:
        children = self._children(at, row, 5)
        if len(children) > 1 and any(child.get("type") in SELECTS for child in children):
            message = "The specified component exceeds the maximum width"
            self._problems.add((*at, "components"), "COMPONENT_LAYOUT_WIDTH_EXCEEDED", message)
        self.check((*at, "components"), children, (ComponentType.BUTTON, *SELECTS))

    def _check_button(self, at: Path, button: Json) -> None:
        problems, style = self._problems, button.get("style")
        check_text(problems, (*at, "label"), button.get("label"), 0, 80)
        check_bool(problems, (*at, "disabled"), button.get("disabled"))
        check_emoji(problems, (*at, "emoji"), button.get("emoji"))
        if not check_one_of(problems, (*at, "style"), style, ButtonStyle):
            return
        if style == ButtonStyle.LINK:
            check_url(problems, (*at, "url"), button.get("url"), maximum=512)
            if not button.get("url"):
                problems.add((*at, "url"), "BASE_TYPE_REQUIRED", REQUIRED)
        elif button.get("url"):
            message = "Only a link button can have a url"
            problems.add((*at, "url"), "BUTTON_COMPONENT_URL_NOT_ALLOWED", message)
        if style in (ButtonStyle.LINK, ButtonStyle.PREMIUM):
            if button.get("custom_id"):
                message = "A custom id and url cannot both be specified"
                problems.add((*at, "custom_id"), "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE", message)
        else:
            check_custom_id(problems, at, button, self._custom_ids)
        if not (button.get("label") or button.get("emoji") or button.get("sku_id")):
            problems.add(at, "BUTTON_COMPONENT_INVALID_LABEL", "A button must have a label or an emoji")

    def _check_section(self, at: Path, section: Json) -> None:
        self.check((*at, "components"), self._children(at, section, 3), (ComponentType.TEXT_DISPLAY,))
        accessory = check_object(self._problems, (*at, "accessory"), section.get("accessory"))
        self._check_one((*at, "accessory"), accessory, (ComponentType.BUTTON, ComponentType.THUMBNAIL))

    def _check_media(self, at: Path, key: str, holder: Json) -> None:
        url = check_object(self._problems, (*at, key), holder.get(key)).get("url")
        if not url:
            self._problems.add((*at, key, "url"), "BASE_TYPE_REQUIRED", REQUIRED)
        check_url(self._problems, (*at, key, "url"), url, attachable=True)
        check_text(self._problems, (*at, "description"), holder.get("description"), 0, 1024)
        check_bool(self._problems, (*at, "spoiler"), holder.get("spoiler"))
