"""The buttons and menus of the set-up card. Each has the server's id, because the card may be in direct messages."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, Protocol

import discord
from discord import ui
from discord.ext import commands

from bot.language_choice import AUTOMATIC, read_language, speak_to
from bot.languages import gettext as _
from bot.languages import languages, name_of
from bot.limits import CHOICES
from bot.replies import actions
from bot.replies.message import Reply
from bot.replies.setup import (
    ASKED,
    CHOSEN,
    EVERYWHERE,
    MODAL_TITLE,
    WHERE_OPTIONS,
    SetUp,
    setup_card,
)
from bot.setup import Setup
from bot.views.buttons import NUMBER, Numbered, NumberedButton, acknowledge, linked, record, services
from bot.views.cards import CardError, card_of, guild_of_card
from bot.views.setup_form import ChannelsForm
from bot.views.training import Cancel, cancel_of
from bot.watching import Watching, Where

NEEDED: Final = ("view_channel", "send_messages", "embed_links", "attach_files")
"""The permissions that a training run's message and report need."""


class Trainer(Protocol):
    """What starts training runs: bot.retraining.Retraining."""

    async def allow(self, server: int | None, *, by_owner: bool) -> None:
        """Check that a person may start one now."""

    async def run(
        self,
        server: int | None,
        begin: Callable[[Reply, ui.View], Awaitable[discord.PartialMessage | None]],
        *,
        channel: discord.PartialMessageable | None,
        by: int | None,
        after: ui.View | None = None,
    ) -> None:
        """Train, and show how it goes."""


class AddChannels(NumberedButton, template=rf"setup-add:{NUMBER}"):
    """Asks for YouTube channels."""

    name = "setup-add"

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        """Open the form."""
        await guild_of_card(interaction, self.number, "channel add")
        await interaction.response.send_modal(ChannelsForm(self.number, _show))


class TrainNow(NumberedButton, template=rf"setup-train:{NUMBER}"):
    """Trains the server's model; the card shows how it goes."""

    name = "setup-train"

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        """Train, and show the card as it is then."""
        client, server, by = interaction.client, self.number, interaction.user
        guild = await guild_of_card(interaction, server, "retrain")
        missing = [name for name in NEEDED if not getattr(interaction.app_permissions, name)]
        if missing and interaction.guild_id is not None:
            raise commands.BotMissingPermissions(missing)
        trainer: Trainer = client.retraining
        await trainer.allow(server, by_owner=await client.is_owner(by))
        await acknowledge(interaction)
        card = card_of(interaction)

        async def look(others: Sequence[ui.Item[Any]] = ()) -> tuple[SetUp, ui.View]:
            setup = await Setup(services(interaction)).of(guild)
            return setup, card_view(setup, server, direct=interaction.guild_id is None, others=others)

        async def begin(reply: Reply, cancel: ui.View) -> discord.PartialMessage:
            _, view = await look(cancel.children)
            await card.edit(content=reply.text, view=view)
            await record(interaction, actions.training_started(by.id), server=server)
            return card

        _, after = await look()
        channel = client.get_partial_messageable(card.channel.id)
        await trainer.run(server, begin, channel=channel, by=by.id, after=after)
        setup, view = await look()
        await card.edit(embeds=linked(interaction, setup_card(setup)).embeds, view=view)


class WhereMenu(Numbered[ui.Select[ui.View]], template=rf"setup-where:{NUMBER}"):
    """Where to answer posted pictures: everywhere, in chosen channels, or only when asked."""

    def __init__(self, server: int, current: str = "", *, direct: bool = False) -> None:
        self.server = server
        options = [
            discord.SelectOption(label=_(label), description=_(description), value=value, default=value == current)
            for value, (label, description) in WHERE_OPTIONS.items()
            if not (direct and value == CHOSEN)  # there, Discord offers no menu of a server's channels
        ]
        super().__init__(
            ui.Select(custom_id=f"setup-where:{server}", placeholder=_("Where to Answer"), options=options, row=1)
        )

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        """Save the choice, or ask for the channels."""
        guild = await guild_of_card(interaction, self.server, "watch")
        chosen = next(iter(self.item.values), None)
        if chosen == CHOSEN:
            await _show(interaction, guild, choosing=True)
            return
        if chosen not in {EVERYWHERE, ASKED}:
            raise CardError("I don't know that choice. Use `/setup` to get a new card.")
        await _answer(interaction, guild, Where(only_asked=chosen == ASKED))


class PlacesMenu(Numbered[ui.ChannelSelect[ui.View]], template=rf"setup-places:{NUMBER}"):
    """The channels in which posted pictures are answered."""

    def __init__(self, server: int, watched: Sequence[int] = ()) -> None:
        self.server = server
        defaults = [discord.SelectDefaultValue.from_channel(discord.Object(it)) for it in watched]
        super().__init__(
            ui.ChannelSelect(
                custom_id=f"setup-places:{server}",
                placeholder=_("Choose Channels"),
                max_values=CHOICES,
                channel_types=[
                    discord.ChannelType.text,
                    discord.ChannelType.news,
                    discord.ChannelType.voice,
                    discord.ChannelType.stage_voice,
                    discord.ChannelType.forum,
                    discord.ChannelType.media,
                ],
                default_values=defaults,
                row=2,
            )
        )

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        """Answer in these channels and no others."""
        guild = await guild_of_card(interaction, self.server, "watch")
        chosen = frozenset(it.id for it in self.item.values if guild.get_channel(it.id) is not None)
        if not chosen:
            raise CardError("I can't find that channel. Choose one I can see, such as `#general`.")
        await _answer(interaction, guild, Where(chosen))


class LanguageMenu(Numbered[ui.Select[ui.View]], template=rf"setup-language:{NUMBER}"):
    """The language that the bot speaks to everyone in the server."""

    def __init__(self, server: int, current: str | None = None) -> None:
        self.server = server
        everyones = discord.SelectOption(
            label=_("Everyone's own language"),
            description=_("As people have set it in Discord"),
            value=AUTOMATIC,
            default=current is None,
        )
        named = (discord.SelectOption(label=name_of(it), value=it, default=it == current) for it in languages())
        menu: ui.Select[ui.View] = ui.Select(
            custom_id=f"setup-language:{server}", placeholder=_("Language"), options=[everyones, *named], row=3
        )
        super().__init__(menu)

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        """Save the choice, show the card in that language, and log it."""
        guild = await guild_of_card(interaction, self.server, "language")
        servers, chosen = services(interaction).store.servers, read_language(next(iter(self.item.values), ""))
        await servers.set_language(guild.id, chosen)
        await speak_to(interaction, servers)
        await _show(interaction, guild)
        done = actions.language_set(interaction.user.id, name_of(chosen) if chosen else None)
        await record(interaction, done, server=guild.id)


def card_view(
    setup: SetUp, server: int, *, direct: bool, choosing: bool = False, others: Sequence[ui.Item[Any]] = ()
) -> ui.View:
    """The card's buttons and menus, and `others`: while it trains, the one that cancels that.

    `direct`: it is in direct messages; `choosing`: somebody is about to choose channels.
    """
    view = ui.View(timeout=None)
    view.add_item(AddChannels(server, label=_(MODAL_TITLE), style=discord.ButtonStyle.primary, row=0))
    train = TrainNow(server, label=_("Train Now"), style=discord.ButtonStyle.success, row=0)
    train.item.disabled = bool(others)
    view.add_item(train)
    for item in others:
        item.row = 0
        view.add_item(item)
    current = CHOSEN if setup.watched or choosing else ASKED if setup.only_asked else EVERYWHERE
    view.add_item(WhereMenu(server, current, direct=direct))
    if current == CHOSEN and len(setup.watched) <= CHOICES and not direct:  # a choice there replaces all
        view.add_item(PlacesMenu(server, sorted(setup.watched)))
    view.add_item(LanguageMenu(server, setup.language))
    return view


async def _answer(interaction: discord.Interaction[Any], guild: discord.Guild, where: Where) -> None:
    """Save where to answer, show it on the card, and log it."""
    await Watching(services(interaction)).replace(guild.id, where)
    await _show(interaction, guild)
    done = actions.answers_set(interaction.user.id, where.channels, only_asked=where.only_asked)
    await record(interaction, done, server=guild.id)


async def _show(interaction: discord.Interaction[Any], guild: discord.Guild, *, choosing: bool = False) -> None:
    """Show the card as it is now; a training that it shows goes on."""
    setup = await Setup(services(interaction)).of(guild)
    cancel: Cancel | None = cancel_of(interaction.message)
    view = card_view(
        setup,
        guild.id,
        direct=interaction.guild_id is None,
        choosing=choosing,
        others=[] if cancel is None else [cancel],
    )
    embeds = linked(interaction, setup_card(setup)).embeds
    if interaction.response.is_done():
        await interaction.edit_original_response(embeds=embeds, view=view)
    else:
        await interaction.response.edit_message(embeds=embeds, view=view)
