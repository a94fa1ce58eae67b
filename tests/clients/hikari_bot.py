"""A small bot of stock hikari for the client checks. DISCORD_API_URL and DISCORD_TOKEN say where to log in."""

import hashlib
import os

import hikari

bot = hikari.GatewayBot(
    os.environ["DISCORD_TOKEN"],
    banner=None,
    intents=hikari.Intents.GUILDS | hikari.Intents.GUILD_MESSAGES | hikari.Intents.MESSAGE_CONTENT,
    rest_url=os.environ["DISCORD_API_URL"],
    suppress_optimization_warning=True,
)


@bot.listen()
async def register(_: hikari.StartedEvent) -> None:
    """Send the command."""
    application = await bot.rest.fetch_application()
    command = bot.rest.slash_command_builder("look", "Answer later")
    await bot.rest.set_application_commands(application, [command])


@bot.listen()
async def answer(event: hikari.GuildMessageCreateEvent) -> None:
    """Answer a picture with an embed, a file and a button; hikari has no alt text for plain files."""
    if not event.is_human or not event.message.attachments:
        return
    picture = event.message.attachments[0]
    data = await picture.read()
    plot = hikari.Bytes(data, "plot.png")
    row = bot.rest.build_message_action_row()
    row.add_interactive_button(hikari.ButtonStyle.PRIMARY, "name", label="Name")
    embed = hikari.Embed(title=hashlib.sha256(data).hexdigest()).set_image(plot)
    await event.message.respond(embed=embed, component=row, reply=True, mentions_reply=False)


@bot.listen()
async def command(event: hikari.CommandInteractionCreateEvent) -> None:
    """Think, answer, and follow up with a file that has alt text."""
    interaction = event.interaction
    await interaction.create_initial_response(hikari.ResponseType.DEFERRED_MESSAGE_CREATE)
    await interaction.edit_initial_response("first")
    box = hikari.impl.ContainerComponentBuilder()
    box.add_text_display("second")
    gallery = hikari.impl.MediaGalleryComponentBuilder()
    gallery.add_media_gallery_item(hikari.Bytes(b"a plot", "plot.txt"), description="a plot")
    box.add_component(gallery)
    flags = hikari.MessageFlag.EPHEMERAL | hikari.MessageFlag.IS_COMPONENTS_V2
    await interaction.execute(components=[box], flags=flags)


@bot.listen()
async def button(event: hikari.ComponentInteractionCreateEvent) -> None:
    """Open a form."""
    row = bot.rest.build_modal_action_row()
    row.add_text_input("text", "Name")
    await event.interaction.create_modal_response("Name", "form", component=row)


@bot.listen()
async def modal(event: hikari.ModalInteractionCreateEvent) -> None:
    """Show what was typed."""
    text = event.interaction.components[0][0].value
    await event.interaction.create_initial_response(
        hikari.ResponseType.MESSAGE_UPDATE, content=f"named {text}", components=[]
    )


if __name__ == "__main__":
    bot.run()
