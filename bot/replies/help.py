"""The help page."""

import discord

from bot.replies.message import Reply
from bot.replies.words import BLUE

WHAT = "I say which YouTube channel a thumbnail comes from, how sure I am, and when I don't know."
_BUTTONS = "*Why?* under an answer shows what my answer is based on; *Right* and *Wrong* tell me how I did."
_MENU = "Choose *Apps ▸ Which channel is this?* in the menu of a message with a picture or a link."
_LINK = "`/classify https://youtu.be/jNQXAC9IVRw` looks at a video's thumbnail."
_PRIVACY = (
    "`/privacy` says what I store, `/privacy export` shows you what I store about you, and `/forget me` deletes it."
)


def help_page(prefix: str, *, sees_posts: bool) -> Reply:
    """What the bot does and how to use it; `prefix` is what a text command starts with."""
    posts = (
        "Post a picture in a channel." if sees_posts else "Post a picture and mention me, or send it to me directly."
    )
    text = f"Every command also works as text: `{prefix}classify` is the same as `/classify`."
    return _page(
        f"{WHAT}\n{text}",
        {
            "Show me a picture": (
                posts,
                _LINK,
                f"Reply `{prefix}classify` to a message with a picture or a link.",
                _MENU,
                _BUTTONS,
                "`/compare` shows how typical a picture is of a channel.",
            ),
            "Play": (
                "`/guess`: which channel is this thumbnail from? You have 20 seconds, and so do I.",
                f"`/leaderboard` shows who is best this week, and `{prefix}leaderboard all` of all time.",
            ),
            "About me": (
                "`/channels` lists the channels that I recognise here.",
                "`/model` shows how good I am, and `/stats` how I've been doing.",
                _PRIVACY,
            ),
            "Teach me (server admins)": (
                "`/setup` shows a card that sets me up in three steps.",
                "`/channel add` and `/channel remove` change the list.",
                "`/retrain` downloads new thumbnails and trains a new model; `/retrain weekly` does so every week.",
                "`/rollback` goes back to the previous model.",
                "`/feedback` lets you review members' feedback.",
            ),
            "Settings (server admins)": (
                "`/watch` and `/unwatch` set where I answer posted pictures.",
                "`/threshold` sets how sure I must be to name a channel.",
                "`/unknown` sets what I do with posted pictures that I don't know.",
                f"`{prefix}admins @role` lets a role use the text commands for admins.",
                "`/log` logs what admins do.",
                "`/wipe` deletes everything about this server.",
                "`/daily on` posts a round of the game every day, and `/daily off` stops that.",
            ),
        },
    )


def guests_help_page() -> Reply:
    """The same where the bot itself is not: for people who have installed it to their own account."""
    channels = "In this chat I recognise the channels of my default list; a server can add me and choose its own."
    return _page(f"{WHAT}\n{channels}", {"Show me a picture": (_LINK, _MENU, _BUTTONS), "About me": (_PRIVACY,)})


def _page(description: str, sections: dict[str, tuple[str, ...]]) -> Reply:
    embed = discord.Embed(title="Thumbprint", description=description, colour=BLUE)
    for name, rows in sections.items():
        embed.add_field(name=name, value="\n".join(rows), inline=False)
    return Reply(embeds=(embed,))
