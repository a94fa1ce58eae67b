"""What a person fills in (a command's options, a menu, a modal) → an interaction's data, held to what was asked for."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from bot.sandbox.discord.errors import NotOfferedError
from bot.sandbox.discord.kinds import SUB_COMMANDS, ComponentType, OptionType
from bot.sandbox.discord.payloads import attachment_payload, channel_payload, member_payload, user_payload
from bot.sandbox.discord.values import Attachment, Channel, Json, User
from bot.sandbox.discord.world import World

OptionValue = str | int | float | bool | User | Channel | Attachment
TAKES: dict[int, type | tuple[type, ...]] = {
    OptionType.STRING: str,
    OptionType.INTEGER: int,
    OptionType.BOOLEAN: bool,
    OptionType.USER: User,
    OptionType.CHANNEL: Channel,
    OptionType.MENTIONABLE: User,
    OptionType.NUMBER: (int, float),
    OptionType.ATTACHMENT: Attachment,
}
MENUS = (ComponentType.STRING_SELECT, ComponentType.USER_SELECT, ComponentType.CHANNEL_SELECT)


@dataclass(slots=True)
class Resolved:
    """The users, channels and files that the data speaks of, by their ids."""

    world: World
    channel: Channel
    user: User
    told: dict[str, dict[str, Json]] = field(default_factory=dict)

    def id_of(self, thing: User | Channel | Attachment) -> str:
        """Note what the thing is; answers its id. Raises NotOfferedError for who or what is not here."""
        match thing:
            case User():
                self._add_user(thing)
            case Channel():
                if thing.guild_id is None or thing.guild_id != self.channel.guild_id:
                    raise NotOfferedError(f"There is no #{thing.name} here.")
                permissions = str(self.world.permissions(self.user, thing))
                self._add("channels", thing.id, channel_payload(self.world, thing) | {"permissions": permissions})
            case Attachment():
                self._add("attachments", thing.id, attachment_payload(thing, ephemeral=True))
        return str(thing.id)

    def _add_user(self, user: User) -> None:
        guild = self.world.guild_of(self.channel)
        member = None if guild is None else guild.member(user.id)
        self._add("users", user.id, user_payload(user))
        if member is not None:
            permissions = str(self.world.permissions(user, self.channel))
            told = {key: value for key, value in member_payload(member).items() if key not in ("mute", "deaf")}
            self._add("members", user.id, told | {"permissions": permissions})

    def _add(self, kind: str, thing_id: int, told: Json) -> None:
        self.told.setdefault(kind, {})[str(thing_id)] = told


def chosen_command(offered: Sequence[Json], path: str) -> tuple[Json, Json, Json]:
    """The command's own description, the interaction's data, and the part of that which holds the options.

    `path` is the command and its sub-commands, with spaces. Raises NotOfferedError.
    """
    name, *rest = path.split()
    command = next((c for c in offered if c["type"] == 1 and c["name"] == name), None)
    if command is None:
        raise NotOfferedError(f"There is no /{name} here for you.")
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
    """What an interaction tells of the command that was run."""
    data: Json = {"id": command["id"], "name": command["name"], "type": command["type"]}
    return data | {"guild_id": command["guild_id"]} if "guild_id" in command else data


def filled_options(command: Json, values: Mapping[str, OptionValue], resolved: Resolved) -> list[Json]:
    """A command's options as they were filled in. Raises NotOfferedError where one is missing, unknown or unfit."""
    known = {option["name"] for option in command.get("options", [])}
    for name in values:
        if name not in known:
            raise NotOfferedError(f"There is no option “{name}”.")
    given: list[Json] = []
    for option in command.get("options", []):
        if option["name"] in values:
            value = _fitting(option, values[option["name"]], resolved)
            given.append({"name": option["name"], "type": option["type"], "value": value})
        elif option.get("required"):
            raise NotOfferedError(f"The option “{option['name']}” is required.")
    return given


def typed_options(
    command: Json, typing: tuple[str, str], values: Mapping[str, OptionValue], resolved: Resolved
) -> list[Json]:
    """The options while one is being typed: (its name, its text), and those that are filled in already.

    Raises NotOfferedError where the option has no autocompletion.
    """
    name, text = typing
    told: list[Json] = []
    for option in command.get("options", []):
        if option["name"] == name and option.get("autocomplete"):
            told.append({"name": name, "type": option["type"], "value": text, "focused": True})
        elif option["name"] in values and option["name"] != name:
            value = _fitting(option, values[option["name"]], resolved)
            told.append({"name": option["name"], "type": option["type"], "value": value})
    if not any(option.get("focused") for option in told):
        raise NotOfferedError(f"Nothing is offered while “{name}” is typed.")
    return told


def _fitting(option: Json, value: OptionValue, resolved: Resolved) -> str | int | float | bool:
    name, kind = option["name"], option["type"]
    if not isinstance(value, TAKES.get(kind, ())) or (isinstance(value, bool) and kind != OptionType.BOOLEAN):
        raise NotOfferedError(f"The option “{name}” takes something else.")
    if isinstance(value, Channel) and option.get("channel_types") and 0 not in option["channel_types"]:
        raise NotOfferedError(f"The option “{name}” takes another kind of channel.")
    if isinstance(value, User | Channel | Attachment):
        return resolved.id_of(value)
    choices = option.get("choices")
    if choices and value not in [choice["value"] for choice in choices]:
        raise NotOfferedError(f"The option “{name}” takes one of its choices.")
    if isinstance(value, str):
        _in_length(name, value, option.get("min_length"), option.get("max_length") or 6000)
    elif not isinstance(value, bool):
        least, most = option.get("min_value"), option.get("max_value")
        if (least is not None and value < least) or (most is not None and value > most):
            between = " and ".join(str(bound) for bound in (least, most) if bound is not None)
            raise NotOfferedError(f"The option “{name}” must keep to {between}.")
    return value


def _in_length(name: str, text: str, least: int | None, most: int | None) -> None:
    if least is not None and len(text) < least:
        raise NotOfferedError(f"“{name}” needs at least {least} characters.")
    if most is not None and len(text) > most:
        raise NotOfferedError(f"“{name}” takes {most} characters at most.")


def pressed_button(components: Sequence[Json], custom_id: str) -> Json:
    """The data of a pressed button. Raises NotOfferedError where there is none that can be pressed."""
    _usable(components, custom_id, ComponentType.BUTTON)
    return {"custom_id": custom_id, "component_type": int(ComponentType.BUTTON)}


def chosen_values(components: Sequence[Json], custom_id: str, values: Sequence[str], resolved: Resolved) -> Json:
    """The data of a used select menu: options' values, or the ids of users or channels.

    Raises NotOfferedError where the message does not offer that.
    """
    menu = _usable(components, custom_id, *MENUS)
    _check_values(menu, values)
    data: Json = {"custom_id": custom_id, "component_type": menu["type"], "values": list(values)}
    if menu["type"] == ComponentType.STRING_SELECT:
        return data
    for value in values:
        users = menu["type"] == ComponentType.USER_SELECT
        resolved.id_of(resolved.world.user(int(value)) if users else resolved.world.channel(int(value)))
    return data | {"resolved": resolved.told}


def filled_modal(modal: Json, values: Mapping[str, str | Sequence[str]]) -> Json:
    """The data of a submitted modal: a text for each text input, a list of values for each select, by custom id.

    What is left out stands as it was. Raises NotOfferedError where a value does not fit.
    """
    left = dict(values)
    told = []
    for index, part in enumerate(modal["components"], 1):
        entry: Json = {"type": part["type"], "id": part.get("id") or index}
        if part["type"] == ComponentType.ACTION_ROW:
            entry["components"] = [_filled_field(child, str(child.get("label")), left) for child in part["components"]]
        elif part["type"] == ComponentType.LABEL:
            entry["component"] = _filled_field(part["component"], part["label"], left)
        told.append(entry)
    if left:
        raise NotOfferedError(f"There is no field “{next(iter(left))}”.")
    return {"custom_id": modal["custom_id"], "components": told}


def _filled_field(asked: Json, label: str, left: dict[str, str | Sequence[str]]) -> Json:
    custom_id = asked["custom_id"]
    told = {"type": asked["type"], "custom_id": custom_id}
    required = asked.get("required") is not False
    if asked["type"] == ComponentType.TEXT_INPUT:
        text = left.pop(custom_id, asked.get("value") or "")
        if not isinstance(text, str):
            raise NotOfferedError(f"“{label}” takes a text.")
        if required and not text.strip():
            raise NotOfferedError(f"“{label}” is required.")
        if text:
            _in_length(label, text, asked.get("min_length"), asked.get("max_length") or 4000)
        return told | {"value": text}
    defaults = [option["value"] for option in asked["options"] if option.get("default")]
    values = list(left.pop(custom_id, defaults))
    if values or required:
        _check_values(asked, values)
    return told | {"values": values}


def _check_values(menu: Json, values: Sequence[str]) -> None:
    fits = menu["type"] != ComponentType.STRING_SELECT or set(values) <= {o["value"] for o in menu["options"]}
    if len(set(values)) < len(values) or not fits:
        raise NotOfferedError("The menu does not offer that.")
    least = 1 if menu.get("min_values") is None else menu["min_values"]
    most = 1 if menu.get("max_values") is None else menu["max_values"]
    if not least <= len(values) <= most:
        raise NotOfferedError(f"The menu takes {least} to {most} of its options.")


def _usable(components: Sequence[Json], custom_id: str, *kinds: ComponentType) -> Json:
    for component in _flat(components):
        if component.get("custom_id") == custom_id and component["type"] in kinds and not component.get("disabled"):
            return component
    what = "button" if ComponentType.BUTTON in kinds else "menu"
    raise NotOfferedError(f"This message has no such {what}, or it is switched off.")


def _flat(components: Sequence[Json]) -> Iterator[Json]:
    for component in components:
        yield component
        yield from _flat(component.get("components", []))
        if component.get("accessory"):
            yield component["accessory"]
