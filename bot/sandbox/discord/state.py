"""State: everything that the REST routes and the users act on."""

from dataclasses import dataclass, field

from bot.sandbox.discord.commands import Commands
from bot.sandbox.discord.gateway import Gateway
from bot.sandbox.discord.interactions import Interactions
from bot.sandbox.discord.limits import Faults, RateLimits
from bot.sandbox.discord.posts import Posts
from bot.sandbox.discord.threads import Threads
from bot.sandbox.discord.uploads import Uploads
from bot.sandbox.discord.values import Application, User
from bot.sandbox.discord.world import World


@dataclass(slots=True)
class State:
    """The parts of the local Discord that share one world."""

    world: World
    application: Application
    bot: User
    token: str
    uploads: Uploads
    posts: Posts
    threads: Threads
    commands: Commands
    interactions: Interactions
    gateway: Gateway
    limits: RateLimits
    faults: Faults
    bearers: dict[str, User] = field(default_factory=dict)
    """People by their tokens."""
