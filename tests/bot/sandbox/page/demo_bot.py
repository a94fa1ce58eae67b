"""A small discord.py bot with components and commands of each kind."""

import io
from typing import Any, Literal

import discord
from discord import app_commands
from discord.ext import commands

from tests.bot.sandbox.discord.bots import make_bot, picture

CHANNELS = ("Nerdologia", "Peixe Babel", "Pirulla")


class Correction(discord.ui.Modal, title="Which channel is it?"):
    """A modal with both kinds of fields: in rows, and in labels."""

    name = discord.ui.TextInput["Correction"](label="Channel", placeholder="Its name", max_length=20)
    how = discord.ui.Label["Correction"](
        text="How do you know?",
        description="This helps the reviewers",
        component=discord.ui.Select(
            options=[discord.SelectOption(label=label) for label in ("I know it", "I guess")], required=False
        ),
    )
    more = discord.ui.TextInput["Correction"](label="More", style=discord.TextStyle.long, required=False)

    async def on_submit(self, interaction: discord.Interaction) -> None:
        assert isinstance(self.how.component, discord.ui.Select)
        source = ", ".join(self.how.component.values) or "no source"
        await interaction.response.send_message(f"Saved: {self.name.value} ({source})", ephemeral=True)


class Components(discord.ui.View):
    """Buttons and menus that still work after a restart."""

    def __init__(self) -> None:
        super().__init__(timeout=None)

    @discord.ui.button(label="Right", custom_id="right", style=discord.ButtonStyle.success)
    async def right(self, interaction: discord.Interaction, button: discord.ui.Button["Components"]) -> None:
        button.disabled = True
        await interaction.response.edit_message(content="Thanks!", view=self)

    @discord.ui.button(label="Wrong", custom_id="wrong", style=discord.ButtonStyle.danger)
    async def wrong(self, interaction: discord.Interaction, _: discord.ui.Button["Components"]) -> None:
        await interaction.response.send_modal(Correction())

    @discord.ui.button(label="Why?", custom_id="why")
    async def why(self, interaction: discord.Interaction, _: discord.ui.Button["Components"]) -> None:
        await interaction.response.send_message("One **moment**", ephemeral=True)
        await interaction.edit_original_response(content="Because of the **colours**")

    @discord.ui.button(label="Quiet", custom_id="quiet", style=discord.ButtonStyle.primary)
    async def quiet(self, interaction: discord.Interaction, _: discord.ui.Button["Components"]) -> None:
        await interaction.response.defer()
        await interaction.edit_original_response(content="Edited without a new message")

    @discord.ui.button(label="Admins", custom_id="admins")
    async def admins(self, interaction: discord.Interaction, _: discord.ui.Button["Components"]) -> None:
        allowed = interaction.permissions.manage_guild
        await interaction.response.send_message("Done" if allowed else "Only admins can do that.", ephemeral=True)

    @discord.ui.select(
        custom_id="one",
        placeholder="Which channel is it?",
        options=[discord.SelectOption(label=name, description=f"Channel {name}") for name in CHANNELS],
    )
    async def one(self, interaction: discord.Interaction, select: discord.ui.Select["Components"]) -> None:
        await interaction.response.edit_message(content=f"Chosen: {select.values[0]}")

    @discord.ui.select(
        custom_id="several",
        placeholder="Which ones?",
        min_values=1,
        max_values=3,
        options=[discord.SelectOption(label=name) for name in CHANNELS],
    )
    async def several(self, interaction: discord.Interaction, select: discord.ui.Select["Components"]) -> None:
        await interaction.response.edit_message(content=f"Chosen: {', '.join(sorted(select.values))}")


class ServerMenus(discord.ui.View):
    """Menus of the server's members and channels."""

    @discord.ui.select(cls=discord.ui.UserSelect, custom_id="who", placeholder="Who?")
    async def who(self, interaction: discord.Interaction, select: discord.ui.UserSelect["ServerMenus"]) -> None:
        await interaction.response.edit_message(content=f"Member: {select.values[0].display_name}")

    @discord.ui.select(
        cls=discord.ui.ChannelSelect,
        custom_id="where",
        placeholder="Where?",
        channel_types=[discord.ChannelType.text],
    )
    async def where(self, interaction: discord.Interaction, select: discord.ui.ChannelSelect["ServerMenus"]) -> None:
        await interaction.response.edit_message(content=f"Channel: {select.values[0].name}")


class Counter(discord.ui.DynamicItem[discord.ui.Button[Any]], template=r"count:(?P<number>\d+)"):
    """A button whose custom id contains its state."""

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
    """Add slash commands with every type of option, and commands in both menus."""
    tree = bot.tree

    @tree.command(description="Show buttons and menus")
    async def components(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("Press something", view=Components())

    @tree.command(description="Show menus of members and channels")
    async def menus(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("Choose", view=ServerMenus())

    @tree.command(description="Works anywhere")
    @app_commands.allowed_installs(guilds=False, users=True)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    async def anywhere(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("Here I am a guest.")

    @tree.command(description="Count")
    async def count(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("Count", view=discord.ui.View(timeout=None).add_item(Counter(0)))

    @tree.command(description="Take every type of option")
    @app_commands.describe(text="a text", size="1 to 9", who="a member", file="a picture")
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
        values = (text, size, way, share, sure, who and who.display_name, where and where.name, file and file.filename)
        await interaction.response.send_message(" · ".join(map(str, values)))

    @tree.command(description="Write something")
    async def write(interaction: discord.Interaction) -> None:
        await interaction.response.send_modal(Correction())

    @tree.context_menu(name="Which channel is this?")
    async def which(interaction: discord.Interaction, message: discord.Message) -> None:
        await interaction.response.defer(thinking=True)
        await interaction.followup.send(f"{len(message.attachments)} pictures from {message.author.display_name}")

    @tree.context_menu(name="Statistics")
    async def statistics(interaction: discord.Interaction, member: discord.Member) -> None:
        await interaction.response.send_message(f"{member.display_name}: 7 out of 8", ephemeral=True)


def add_channels(bot: commands.Bot) -> None:
    """Add a group of commands, one of them with autocompletion, and a command that only admins can see."""
    group = app_commands.Group(name="channels", description="Channels")

    @group.command(name="list", description="List the channels")
    async def list_channels(interaction: discord.Interaction) -> None:
        await interaction.response.send_message(", ".join(CHANNELS))

    @group.command(description="Remove a channel")
    async def remove(interaction: discord.Interaction, channel: str) -> None:
        await interaction.response.send_message(f"Removed {channel}")

    @remove.autocomplete("channel")
    async def _complete(_: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        found = [name for name in CHANNELS if typed.lower() in name.lower()]
        return [app_commands.Choice(name=name, value=f"id-{CHANNELS.index(name)}") for name in found]

    @bot.tree.command(description="Only for admins")
    @app_commands.default_permissions(manage_guild=True)
    async def retrain(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("Training")

    bot.tree.add_command(group)


def demo_bot() -> commands.Bot:
    """Create the bot; it also answers pictures."""
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
            await sent.edit(embed=embed, attachments=[plot], view=Components())

    async def hook() -> None:
        bot.add_view(Components())
        bot.add_dynamic_items(Counter)
        await bot.tree.sync()

    bot.setup_hook = hook  # type: ignore[method-assign]
    return bot
