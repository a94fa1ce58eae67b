"""Builds the data of an interaction from a user's input (options, components, modals), and validates the input."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from bot.sandbox.discord.enums import SUB_COMMANDS, ComponentType, OptionType
from bot.sandbox.discord.errors import NotOfferedError
from bot.sandbox.discord.payloads import (
    attachment_payload,
    channel_payload,
    member_payload,
    role_payload,
    user_payload,
    with_ids,
)
from bot.sandbox.discord.values import Attachment, Channel, Json, Role, User
from bot.sandbox.discord.world import World

OptionValue = str | int | float | bool | User | Channel | Role | Attachment
VALUE_TYPES: dict[int, type | tuple[type, ...]] = {
    OptionType.STRING: str,
    OptionType.INTEGER: int,
    OptionType.BOOLEAN: bool,
    OptionType.USER: User,
    OptionType.CHANNEL: Channel,
    OptionType.ROLE: Role,
    OptionType.MENTIONABLE: User,
    OptionType.NUMBER: (int, float),
    OptionType.ATTACHMENT: Attachment,
}
MENUS = (ComponentType.STRING_SELECT, ComponentType.USER_SELECT, ComponentType.CHANNEL_SELECT)


@dataclass(slots=True)
class Resolved:
    """The users, channels and files that an interaction's data refers to, by id."""

    world: World
    channel: Channel
    user: User
    payload: dict[str, dict[str, Json]] = field(default_factory=dict)

    def id_of(self, item: User | Channel | Role | Attachment) -> str:
        """Add an item and return its id. Raises NotOfferedError if a channel is in another guild."""
        match item:
            case User():
                self._add_user(item)
            case Channel():
                if item.guild_id is None or item.guild_id != self.channel.guild_id:
                    raise NotOfferedError(f"There is no #{item.name} in this server.")
                permissions = str(self.world.permissions(self.user, item))
                self._add("channels", item.id, channel_payload(self.world, item) | {"permissions": permissions})
            case Role():
                self._add("roles", item.id, role_payload(item))
            case Attachment():
                self._add("attachments", item.id, attachment_payload(item, ephemeral=True))
        return str(item.id)

    def _add_user(self, user: User) -> None:
        guild = self.world.guild_of(self.channel)
        member = None if guild is None else guild.member(user.id)
        self._add("users", user.id, user_payload(user))
        if member is not None:
            permissions = str(self.world.permissions(user, self.channel))
            payload = {key: value for key, value in member_payload(member).items() if key not in ("mute", "deaf")}
            self._add("members", user.id, payload | {"permissions": permissions})

    def _add(self, kind: str, item_id: int, payload: Json) -> None:
        self.payload.setdefault(kind, {})[str(item_id)] = payload


def find_command(offered: Sequence[Json], path: str) -> tuple[Json, Json, Json]:
    """The command's description, the interaction's data, and the part of the data that contains the options.

    `path` is the names of the command and its sub-commands, separated by spaces. Raises NotOfferedError.
    """
    name, *rest = path.split()
    command = next((c for c in offered if c["type"] == 1 and c["name"] == name), None)
    if command is None:
        raise NotOfferedError(f"You can't use /{name} here.")
    data = command_data(command)
    found, leaf = command, data
    for step in rest:
        options = found.get("options", [])
        inner = next((o for o in options if o["name"] == step and o["type"] in SUB_COMMANDS), None)
        if inner is None:
            raise NotOfferedError(f"/{path} is not a command.")
        leaf["options"] = [{"name": step, "type": inner["type"]}]
        found, leaf = inner, leaf["options"][0]
    if any(option["type"] in SUB_COMMANDS for option in found.get("options", [])):
        raise NotOfferedError(f"/{path} needs a sub-command.")
    return found, data, leaf


def command_data(command: Json) -> Json:
    """An interaction's fields that identify the command."""
    data: Json = {"id": command["id"], "name": command["name"], "type": command["type"]}
    return data | {"guild_id": command["guild_id"]} if "guild_id" in command else data


def option_data(command: Json, values: Mapping[str, OptionValue], resolved: Resolved) -> list[Json]:
    """A command's options. Raises NotOfferedError if one is missing, unknown or invalid."""
    known = {option["name"] for option in command.get("options", [])}
    for name in values:
        if name not in known:
            raise NotOfferedError(f"There is no option “{name}”.")
    data: list[Json] = []
    for option in command.get("options", []):
        if option["name"] in values:
            value = _checked_value(option, values[option["name"]], resolved)
            data.append({"name": option["name"], "type": option["type"], "value": value})
        elif option.get("required"):
            raise NotOfferedError(f"The option “{option['name']}” is required.")
    return data


def autocomplete_data(
    command: Json, focused: tuple[str, str], values: Mapping[str, OptionValue], resolved: Resolved
) -> list[Json]:
    """A command's options while one is `focused` (its name and the text so far), and the others' values.

    Raises NotOfferedError if the option has no autocompletion.
    """
    name, text = focused
    data: list[Json] = []
    for option in command.get("options", []):
        if option["name"] == name and option.get("autocomplete"):
            data.append({"name": name, "type": option["type"], "value": text, "focused": True})
        elif option["name"] in values and option["name"] != name:
            value = _checked_value(option, values[option["name"]], resolved)
            data.append({"name": option["name"], "type": option["type"], "value": value})
    if not any(option.get("focused") for option in data):
        raise NotOfferedError(f"The option “{name}” has no autocompletion.")
    return data


def _checked_value(option: Json, value: OptionValue, resolved: Resolved) -> str | int | float | bool:
    name, kind = option["name"], option["type"]
    if not isinstance(value, VALUE_TYPES.get(kind, ())) or (isinstance(value, bool) and kind != OptionType.BOOLEAN):
        raise NotOfferedError(f"The option “{name}” takes another type of value.")
    if isinstance(value, Channel) and option.get("channel_types") and value.kind not in option["channel_types"]:
        raise NotOfferedError(f"The option “{name}” takes another type of channel.")
    if isinstance(value, User | Channel | Role | Attachment):
        return resolved.id_of(value)
    choices = option.get("choices")
    if choices and value not in [choice["value"] for choice in choices]:
        raise NotOfferedError(f"The option “{name}” only takes one of its choices.")
    if isinstance(value, str):
        _check_length(name, value, option.get("min_length"), option.get("max_length") or 6000)
    elif not isinstance(value, bool):
        _check_range(name, value, option.get("min_value"), option.get("max_value"))
    return value


def _check_length(name: str, text: str, minimum: int | None, maximum: int | None) -> None:
    if minimum is not None and len(text) < minimum:
        raise NotOfferedError(f"“{name}” must have at least {minimum} characters.")
    if maximum is not None and len(text) > maximum:
        raise NotOfferedError(f"“{name}” must have at most {maximum} characters.")


def _check_range(name: str, value: float, minimum: float | None, maximum: float | None) -> None:
    if minimum is not None and value < minimum:
        raise NotOfferedError(f"“{name}” must be at least {minimum}.")
    if maximum is not None and value > maximum:
        raise NotOfferedError(f"“{name}” must be at most {maximum}.")


def button_data(components: Sequence[Json], custom_id: str) -> Json:
    """The data of a pressed button. Raises NotOfferedError if no enabled button has this custom id."""
    button = _find_component(components, custom_id, ComponentType.BUTTON)
    return {"custom_id": custom_id, "component_type": int(ComponentType.BUTTON), "id": button["id"]}


def select_data(components: Sequence[Json], custom_id: str, values: Sequence[str], resolved: Resolved) -> Json:
    """The data of a select menu: values of its options, or ids of users or channels.

    Raises NotOfferedError if no enabled menu has this custom id, or it does not offer these values.
    """
    menu = _find_component(components, custom_id, *MENUS)
    _check_selection(menu, values)
    data: Json = {"custom_id": custom_id, "component_type": menu["type"], "id": menu["id"], "values": list(values)}
    if menu["type"] == ComponentType.STRING_SELECT:
        return data
    for value in values:
        users = menu["type"] == ComponentType.USER_SELECT
        resolved.id_of(resolved.world.user(int(value)) if users else resolved.world.channel(int(value)))
    return data | {"resolved": resolved.payload}


def modal_data(modal: Json, values: Mapping[str, str | Sequence[str]]) -> Json:
    """The data of a submitted modal, by custom id: a text per text input, a list of values per select menu.

    Fields without a value keep their default. Raises NotOfferedError if a value is invalid.
    """
    remaining = dict(values)
    parts = []
    for part in with_ids(modal["components"]):
        data: Json = {"type": part["type"], "id": part["id"]}
        if part["type"] == ComponentType.ACTION_ROW:
            data["components"] = [
                _field_data(child, str(child.get("label")), remaining) for child in part["components"]
            ]
        elif part["type"] == ComponentType.LABEL:
            data["component"] = _field_data(part["component"], part["label"], remaining)
        parts.append(data)
    if remaining:
        raise NotOfferedError(f"There is no field “{next(iter(remaining))}”.")
    return {"custom_id": modal["custom_id"], "components": parts}


def _field_data(field: Json, label: str, remaining: dict[str, str | Sequence[str]]) -> Json:
    custom_id = field["custom_id"]
    data = {"type": field["type"], "id": field["id"], "custom_id": custom_id}
    required = field.get("required") is not False
    if field["type"] == ComponentType.TEXT_INPUT:
        text = remaining.pop(custom_id, field.get("value") or "")
        if not isinstance(text, str):
            raise NotOfferedError(f"“{label}” takes text.")
        if required and not text.strip():
            raise NotOfferedError(f"“{label}” is required.")
        if text:
            _check_length(label, text, field.get("min_length"), field.get("max_length") or 4000)
        return data | {"value": text}
    defaults = [option["value"] for option in field["options"] if option.get("default")]
    values = list(remaining.pop(custom_id, defaults))
    if values or required:
        _check_selection(field, values)
    return data | {"values": values}


def _check_selection(menu: Json, values: Sequence[str]) -> None:
    offered = menu["type"] != ComponentType.STRING_SELECT or set(values) <= {o["value"] for o in menu["options"]}
    if len(set(values)) < len(values) or not offered:
        raise NotOfferedError("The menu does not offer that.")
    minimum = 1 if menu.get("min_values") is None else menu["min_values"]
    maximum = 1 if menu.get("max_values") is None else menu["max_values"]
    if not minimum <= len(values) <= maximum:
        raise NotOfferedError(f"The menu takes {minimum} to {maximum} of its options.")


def _find_component(components: Sequence[Json], custom_id: str, *kinds: ComponentType) -> Json:
    for component in _flatten(with_ids(components)):
        if component.get("custom_id") == custom_id and component["type"] in kinds and not component.get("disabled"):
            return component
    kind = "button" if ComponentType.BUTTON in kinds else "menu"
    raise NotOfferedError(f"This message has no such {kind}, or it is disabled.")


def _flatten(components: Sequence[Json]) -> Iterator[Json]:
    for component in components:
        yield component
        yield from _flatten(component.get("components", []))
        if component.get("accessory"):
            yield component["accessory"]
