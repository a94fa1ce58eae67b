"""A small stock discord.py bot with a door of each kind."""

import io
from typing import Any, Literal

import discord
from discord import app_commands
from discord.ext import commands

from tests.bot.sandbox.discord.bots import make_bot, picture

CHANNELS = ("Nerdologia", "Peixe Babel", "Pirulla")


class Correction(discord.ui.Modal, title="Which channel is it?"):
    """A modal of the old and the new kind of field."""

    name = discord.ui.TextInput["Correction"](label="Channel", placeholder="its name", max_length=20)
    how = discord.ui.Label["Correction"](
        text="How do you know?",
        description="It helps whoever reviews it",
        component=discord.ui.Select(
            options=[discord.SelectOption(label=label) for label in ("I know it", "I guess")], required=False
        ),
    )
    more = discord.ui.TextInput["Correction"](label="More", style=discord.TextStyle.long, required=False)

    async def on_submit(self, interaction: discord.Interaction) -> None:
        assert isinstance(self.how.component, discord.ui.Select)
        known = ", ".join(self.how.component.values) or "nothing said"
        await interaction.response.send_message(f"Noted: {self.name.value} ({known})", ephemeral=True)


class Doors(discord.ui.View):
    """Buttons and menus that outlive a restart."""

    def __init__(self) -> None:
        super().__init__(timeout=None)

    @discord.ui.button(label="Right", custom_id="right", style=discord.ButtonStyle.success)
    async def right(self, interaction: discord.Interaction, button: discord.ui.Button["Doors"]) -> None:
        button.disabled = True
        await interaction.response.edit_message(content="Thank you", view=self)

    @discord.ui.button(label="Wrong", custom_id="wrong", style=discord.ButtonStyle.danger)
    async def wrong(self, interaction: discord.Interaction, _: discord.ui.Button["Doors"]) -> None:
        await interaction.response.send_modal(Correction())

    @discord.ui.button(label="Why?", custom_id="why")
    async def why(self, interaction: discord.Interaction, _: discord.ui.Button["Doors"]) -> None:
        await interaction.response.send_message("Just **because**", ephemeral=True)
        await interaction.edit_original_response(content="Just **because** of the colours")

    @discord.ui.button(label="Quiet", custom_id="quiet", style=discord.ButtonStyle.primary)
    async def quiet(self, interaction: discord.Interaction, _: discord.ui.Button["Doors"]) -> None:
        await interaction.response.defer()
        await interaction.edit_original_response(content="Quietly changed")

    @discord.ui.button(label="Admins", custom_id="admins")
    async def admins(self, interaction: discord.Interaction, _: discord.ui.Button["Doors"]) -> None:
        allowed = interaction.permissions.manage_guild
        await interaction.response.send_message("Done" if allowed else "Only admins may do that.", ephemeral=True)

    @discord.ui.select(
        custom_id="one",
        placeholder="Which channel is it?",
        options=[discord.SelectOption(label=name, description=f"The channel {name}") for name in CHANNELS],
    )
    async def one(self, interaction: discord.Interaction, select: discord.ui.Select["Doors"]) -> None:
        await interaction.response.edit_message(content=f"It is {select.values[0]}")

    @discord.ui.select(
        custom_id="several",
        placeholder="Which ones?",
        min_values=1,
        max_values=3,
        options=[discord.SelectOption(label=name) for name in CHANNELS],
    )
    async def several(self, interaction: discord.Interaction, select: discord.ui.Select["Doors"]) -> None:
        await interaction.response.edit_message(content=f"These: {', '.join(sorted(select.values))}")


class Places(discord.ui.View):
    """Menus of what the server has."""

    @discord.ui.select(cls=discord.ui.UserSelect, custom_id="who", placeholder="Who?")
    async def who(self, interaction: discord.Interaction, select: discord.ui.UserSelect["Places"]) -> None:
        await interaction.response.edit_message(content=f"{select.values[0].display_name} it is")

    @discord.ui.select(
        cls=discord.ui.ChannelSelect,
        custom_id="where",
        placeholder="Where?",
        channel_types=[discord.ChannelType.text],
    )
    async def where(self, interaction: discord.Interaction, select: discord.ui.ChannelSelect["Places"]) -> None:
        await interaction.response.edit_message(content=f"In {select.values[0].name}")


class Counter(discord.ui.DynamicItem[discord.ui.Button[Any]], template=r"count:(?P<number>\d+)"):
    """A button with its state in its custom id."""

    def __init__(self, number: int) -> None:
        super().__init__(discord.ui.Button(label=f"Count {number}", custom_id=f"count:{number}"))
        self.number = number

    @classmethod
    async def from_custom_id(cls, _: Any, __: Any, match: Any, /) -> "Counter":
        return cls(int(match["number"]))

    async def callback(self, interaction: discord.Interaction) -> None:
        view = discord.ui.View(timeout=None).add_item(Counter(self.number + 1))
        await interaction.response.edit_message(view=view)


def add_commands(bot: commands.Bot) -> None:
    """Slash commands with every kind of option, and both menus."""
    tree = bot.tree

    @tree.command(description="Show the doors")
    async def doors(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("Press something", view=Doors())

    @tree.command(description="Show people and channels")
    async def places(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("Choose", view=Places())

    @tree.command(description="Count")
    async def count(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("Count", view=discord.ui.View(timeout=None).add_item(Counter(0)))

    @tree.command(description="Take everything")
    @app_commands.describe(text="a text", size="1 to 9", who="somebody", file="a picture")
    async def everything(
        interaction: discord.Interaction,
        text: app_commands.Range[str, 2, 10],
        size: app_commands.Range[int, 1, 9],
        way: Literal["up", "down"],
        share: float | None = None,
        sure: bool | None = None,
        who: discord.Member | None = None,
        where: discord.TextChannel | None = None,
        file: discord.Attachment | None = None,
    ) -> None:
        given = (text, size, way, share, sure, who and who.display_name, where and where.name, file and file.filename)
        await interaction.response.send_message(" · ".join(map(str, given)))

    @tree.command(description="Write something")
    async def write(interaction: discord.Interaction) -> None:
        await interaction.response.send_modal(Correction())

    @tree.context_menu(name="Which channel is this?")
    async def which(interaction: discord.Interaction, message: discord.Message) -> None:
        await interaction.response.defer(thinking=True)
        await interaction.followup.send(f"{len(message.attachments)} pictures of {message.author.display_name}")

    @tree.context_menu(name="Their statistics")
    async def statistics(interaction: discord.Interaction, member: discord.Member) -> None:
        await interaction.response.send_message(f"{member.display_name}: 7 of 8", ephemeral=True)


def add_channels(bot: commands.Bot) -> None:
    """A group of commands: one for everybody, one that completes, and a command that only admins see."""
    group = app_commands.Group(name="channels", description="The channels")

    @group.command(name="list", description="Which channels there are")
    async def listed(interaction: discord.Interaction) -> None:
        await interaction.response.send_message(", ".join(CHANNELS))

    @group.command(description="Forget one")
    async def remove(interaction: discord.Interaction, channel: str) -> None:
        await interaction.response.send_message(f"Removed {channel}")

    @remove.autocomplete("channel")
    async def _complete(_: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        found = [name for name in CHANNELS if typed.lower() in name.lower()]
        return [app_commands.Choice(name=name, value=f"id-{CHANNELS.index(name)}") for name in found]

    @bot.tree.command(description="For admins alone")
    @app_commands.default_permissions(manage_guild=True)
    async def retrain(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("Training")

    bot.tree.add_command(group)


def door_bot() -> commands.Bot:
    """The bot; it answers pictures too."""
    bot = make_bot()
    add_commands(bot)
    add_channels(bot)

    @bot.event
    async def on_message(message: discord.Message) -> None:
        if not message.author.bot and message.attachments:
            sent = await message.reply(embed=discord.Embed(title="…"))
            embed = discord.Embed(title="Nerdologia", description="**92 %** <script>alert(1)</script>")
            embed.set_image(url="attachment://plot.png")
            plot = discord.File(io.BytesIO(picture(64, 32)), "plot.png", description="Nerdologia 92 %")
            await sent.edit(embed=embed, attachments=[plot], view=Doors())

    async def hook() -> None:
        bot.add_view(Doors())
        bot.add_dynamic_items(Counter)
        await bot.tree.sync()

    bot.setup_hook = hook  # type: ignore[method-assign]
    return bot
