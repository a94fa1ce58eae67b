"""The screenshots of the docs, taken from a running sandbox with the sample channels, in headless Chromium.

`python -m scripts.screenshots [NAME ...]` takes the named screenshots, or all. The sandbox uses its model of an earlier
start, if there is one (see THUMBPRINT_DATA_DIR); only `training` trains a new one.
"""

import asyncio
import io
import shutil
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from PIL import Image
from playwright.async_api import FloatRect, Locator, Page, async_playwright, expect
from rich.console import Console

from bot.game import PAUSE_SECONDS
from bot.sandbox.discord import Message, User
from bot.sandbox.samples import draw_look_alikes, draw_samples
from bot.sandbox.stage import Stage, staged
from bot.settings import Settings
from bot.store.game_values import Puzzle
from bot.store.store import Store
from bot.store.values import FactRow
from classifier.values import Guess, ModelInfo, Prediction

DOCS: Final = Path("docs")
VIEW: Final = {"width": 960, "height": 2200}
PHONE: Final = {"width": 360, "height": 740}
SCALE: Final = 1.5
MARGIN: Final = 14
ANSWER_SECONDS: Final = 60
TRAINING_SECONDS: Final = 3600
WEEKS: Final = ((4, 1, 0), (9, 1, 1), (7, 2, 1), (13, 2, 1), (11, 3, 0), (18, 2, 2), (22, 4, 1), (19, 3, 1), (26, 3, 0))
"""Made-up numbers of past weeks: answers that named a channel, unknown ones, and wrong ones among the named."""

GUESSES: Final = (
    (0, 1, None, 0),
    (0, 0, 0, 0),
    (0, 1, 1, 0),
    (0, 0, 1, 1),
    (1, 0, None, 0),
    (0, 0, 0, 0),
    (0, 1, 0, 0),
)
"""Made-up guesses of rounds, 0 for right: of three people, None if they missed it, and of the bot."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A sandbox, and its chat page in a browser."""

    stage: Stage
    page: Page

    async def become(self, user: User) -> None:
        """Post as another user."""
        await self.page.get_by_role("radiogroup", name="Post As").get_by_text(user.display_name).click()
        await expect(self.page.get_by_role("radio", name=user.display_name)).to_be_checked()

    async def go(self, place: str) -> None:
        """Open a channel."""
        await self.page.get_by_role("navigation", name="Channels").get_by_role("button", name=place).click()
        await expect(self.page.locator("#channel")).to_have_text(place)

    async def post(self, user: User, text: str = "", pictures: list[Path] | None = None) -> tuple[Message, Message]:
        """Post as somebody; returns the message and the answer to it."""
        files = [(file.name, file.read_bytes()) for file in pictures or []]
        posted = await self.stage.discord.post(user, self.stage.discord.general, text, files)
        return posted, await self.stage.discord.answer_to(posted, within=ANSWER_SECONDS)

    def shown(self, *messages: Message) -> list[Locator]:
        """The messages on the page."""
        return [self.page.locator(f"#m{message.id}") for message in messages]

    async def private(self) -> Locator:
        """The bot's last private message to the person at the page."""
        found = self.page.locator(".message.ephemeral").last
        await expect(found).to_be_visible()
        await expect(found.locator(".thinking")).to_have_count(0, timeout=ANSWER_SECONDS * 1000)
        return found

    async def shoot(self, name: str, *parts: Locator) -> None:
        """Take a screenshot of these parts of the page, from top to bottom, as wide as the list of messages."""
        await self.page.mouse.move(0, 0)
        for part in parts:
            await loaded(part)
        column = await self.page.locator("#messages").bounding_box()
        last = await parts[-1].bounding_box()
        if column and last and column["y"] < last["y"] < column["y"] + column["height"] < last["y"] + last["height"]:
            await parts[-1].evaluate("(part) => part.scrollIntoView({block: 'end'})")
        boxes = [box for part in parts if (box := await part.bounding_box())]
        if column is None or len(boxes) < len(parts):
            sys.exit(f"{name}: a part of it is not on the page.")
        top = max(min(box["y"] for box in boxes) - MARGIN, column["y"])
        bottom = max(box["y"] + box["height"] for box in boxes) + MARGIN
        clip: FloatRect = {"x": column["x"], "y": top, "width": column["width"], "height": bottom - top}
        png = await self.page.screenshot(clip=clip, animations="disabled")
        await asyncio.to_thread(_write, DOCS / f"{name}.png", png)


async def loaded(part: Locator) -> None:
    """Wait for all pictures in a part of the page, and until it has scrolled to show them."""
    await part.evaluate("(part) => Promise.all([...part.querySelectorAll('img')].map((image) => image.decode()))")
    for _ in range(2):
        await part.evaluate("() => new Promise((done) => requestAnimationFrame(done))")


def _write(path: Path, png: bytes) -> None:
    """Write a small PNG with 256 colours."""
    with Image.open(io.BytesIO(png)) as image:
        image.convert("RGB").quantize(256, Image.Quantize.MEDIANCUT, kmeans=4).save(path, optimize=True)


async def reply(scene: Scene) -> None:
    """A posted picture and its answer, *Wrong* with its menu, and *Why?*."""
    member = scene.stage.discord.member
    await scene.become(member)
    posted, answer = await scene.post(member, pictures=[scene.stage.unseen[1][1]])
    question, shown = scene.shown(posted, answer)
    await scene.shoot("reply", question, shown)
    await shown.get_by_role("button", name="Why?").click()
    await scene.shoot("why", await scene.private())
    await shown.get_by_role("button", name="Wrong").click()
    menu = (await scene.private()).get_by_role("combobox", name="Choose a Channel")
    await menu.click()
    await scene.shoot("wrong", await scene.private(), scene.page.get_by_role("listbox"))
    await scene.page.keyboard.press("Escape")


async def link(scene: Scene) -> None:
    """The answer to a video's link, with its channel according to YouTube."""
    video = scene.stage.youtube.library.channels[2].held_back[1]
    messages = await scene.post(scene.stage.discord.member, f"!classify https://youtu.be/{video.id}")
    await scene.shoot("link", *scene.shown(*messages))


async def exact(scene: Scene) -> None:
    """The answer to a thumbnail that the model was made from."""
    video = scene.stage.youtube.library.channels[1].videos[3]
    await scene.shoot("exact", *scene.shown(*await scene.post(scene.stage.discord.member, pictures=[video.thumbnail])))


async def compare(scene: Scene) -> None:
    """A picture compared with a channel."""
    title, picture = scene.stage.unseen[0]
    messages = await scene.post(scene.stage.discord.member, f"!compare {title}", [picture])
    await scene.shoot("compare", *scene.shown(*messages))


async def several(scene: Scene) -> None:
    """Four pictures in one answer."""
    pictures = [file for _, file in scene.stage.unseen[4:8]]
    await scene.shoot("several", *scene.shown(*await scene.post(scene.stage.discord.member, pictures=pictures)))


async def phone(scene: Scene) -> None:
    """An answer on a phone with a light theme."""
    browser = scene.page.context.browser
    if browser is None:
        sys.exit("The page has no browser.")
    page = await browser.new_page(viewport=PHONE, device_scale_factor=SCALE, color_scheme="light")
    await page.goto(scene.stage.page.url)
    on_phone = Scene(scene.stage, page)
    _, answer = await on_phone.post(scene.stage.discord.member, pictures=[scene.stage.unseen[2][1]])
    (card,) = on_phone.shown(answer)
    await loaded(card)
    await card.scroll_into_view_if_needed()
    await on_phone.shoot("phone", card)
    await page.close()


async def commands(scene: Scene) -> None:
    """The list of slash commands, and the completion of an option."""
    await scene.become(scene.stage.discord.admin)
    await scene.go("random")  # there are no messages behind the lists there
    text = scene.page.get_by_label("Message", exact=True)
    await text.press_sequentially("/")
    composer = scene.page.locator("#composer")
    await scene.shoot("commands", scene.page.get_by_role("listbox"), composer)
    await text.press_sequentially("channel remove")
    await scene.page.keyboard.press("Enter")
    choices = scene.page.get_by_role("listbox", name="Choices for channel")
    await expect(choices.get_by_role("option").first).to_be_visible()
    await scene.shoot("autocomplete", choices, composer)
    await composer.get_by_role("button", name="Cancel").click()
    await scene.go("general")


async def menu(scene: Scene) -> None:
    """The menu of a message, with its apps."""
    await scene.become(scene.stage.discord.member)
    files = [("look.jpg", scene.stage.unseen[3][1].read_bytes())]
    discord = scene.stage.discord
    await scene.go("random")
    posted = await discord.post(discord.admin, discord.random, "Which channel is this?", files)
    (message,) = scene.shown(posted)
    await loaded(message)  # scrolling closes menus
    await message.locator(".who").click(button="right", position={"x": 330, "y": 8})
    await scene.shoot("menu", message, message.locator(".tools"), scene.page.get_by_role("menu"))
    await scene.page.keyboard.press("Escape")
    await scene.go("general")


async def channels(scene: Scene) -> None:
    """The list of channels."""
    await scene.shoot("channels", *scene.shown(*await scene.post(scene.stage.discord.member, "!channels")))


async def training(scene: Scene) -> None:
    """The report of a training run."""
    await scene.become(scene.stage.discord.admin)
    _, progress = await scene.post(scene.stage.discord.admin, "!retrain")
    report = await scene.stage.discord.answer_to(progress, within=TRAINING_SECONDS)
    await scene.shoot("report", *scene.shown(report))


async def model(scene: Scene) -> None:
    """The current model and its accuracy."""
    await scene.shoot("model", *scene.shown(*await scene.post(scene.stage.discord.member, "!model")))


async def mistakes(scene: Scene) -> None:
    """The thumbnails that the model doubts most, as an admin sees them."""
    await scene.become(scene.stage.discord.admin)
    _, answer = await scene.post(scene.stage.discord.admin, "!model")
    (shown,) = scene.shown(answer)
    await shown.get_by_role("button", name="Mistakes").click()
    await scene.shoot("mistakes", await scene.private())


async def log(scene: Scene) -> None:
    """What admins have done, in the log channel."""
    discord = scene.stage.discord
    for command in (f"!log <#{discord.random.id}>", "!threshold 80", "!unknown react", "!watch", "!unknown answer"):
        await scene.post(discord.admin, command)
    async with discord.watch() as events:
        await discord.post(discord.admin, discord.general, "!threshold auto")
        await events.next(lambda it: it.message is not None and it.message.channel_id == discord.random.id)
    await scene.go("random")
    logged = [
        it for it in discord.world.messages[discord.random.id].values() if it.author_id == discord.bot.id and it.content
    ]
    await scene.shoot("log", *scene.shown(*logged))
    await scene.go("general")
    await scene.post(discord.admin, "!log off")


async def portuguese(scene: Scene) -> None:
    """An answer in Brazilian Portuguese, and why."""
    member, servers = scene.stage.discord.member, scene.stage.bot.services.store.servers
    await servers.set_language(scene.stage.discord.guild.id, "pt_BR")
    await scene.become(member)
    _, answer = await scene.post(member, pictures=[scene.stage.unseen[2][1]])
    (shown,) = scene.shown(answer)
    await scene.shoot("portuguese", shown)
    await servers.set_language(scene.stage.discord.guild.id, None)


async def stats(scene: Scene) -> None:
    """The statistics of some weeks."""
    known = scene.stage.bot.services.engine.info(None)
    if known is None:
        sys.exit("The sandbox has no model.")
    monday = datetime.now(UTC) - timedelta(days=datetime.now(UTC).weekday())
    for number, (named, unknown, wrong) in enumerate(WEEKS):
        await _week(scene, monday - timedelta(weeks=len(WEEKS) - 1 - number), known, named, unknown, wrong)
    await scene.shoot("stats", *scene.shown(*await scene.post(scene.stage.discord.member, "!stats")))


async def _week(scene: Scene, day: datetime, known: ModelInfo, named: int, unknown: int, wrong: int) -> None:
    store = Store(scene.stage.bot.services.settings.database, clock=lambda: day)
    server, quota = scene.stage.discord.guild.id, named
    for number in range(named + unknown):
        fact = FactRow("UC", correct=number >= wrong) if number < named // 2 else None
        answer = await store.answers.record(server, _prediction(known, unknown=number >= named), fact=fact)
        if fact is None and number % 3 == 0:
            label = None if number % 9 == 0 and wrong else answer.named
            await store.feedback.correct(answer.id, scene.stage.discord.member.id, label, quota=quota)
    await store.close()


async def guess(scene: Scene) -> None:
    """A round of the game that is over, and one that runs."""
    discord, store = scene.stage.discord, scene.stage.bot.services.store
    await scene.become(discord.owner)  # whoever guesses also sees what they chose
    _, over = await scene.post(discord.member, "!guess")
    (begun,) = await store.game.running()
    async with discord.watch() as events:
        await discord.press(discord.admin, over, f"guess:{begun.id}:{begun.answer}")
        await discord.press(discord.member, over, f"guess:{begun.id}:{(begun.answer + 1) % len(begun.options)}")
        await events.next(lambda it: it.name == "MESSAGE_UPDATE" and it.message == discord.current(over), within=60)
    await asyncio.sleep(PAUSE_SECONDS + 1)
    _, running = await scene.post(discord.admin, "!guess")
    await scene.shoot("guess", *scene.shown(over, running))


async def leaderboard(scene: Scene) -> None:
    """The standings after some rounds."""
    discord, game = scene.stage.discord, scene.stage.bot.services.store.game
    server = discord.guild.id
    for number, (member, admin, owner, bot) in enumerate(GUESSES):
        puzzle = Puzzle(f"{number}", ("a", "b"), answer=0, bot_choice=bot, bot_confidence=0.9)
        begun = await game.start(server, discord.general.id, puzzle, lasts=timedelta(seconds=20), daily=False)
        for user, choice in ((discord.member, member), (discord.admin, admin), (discord.owner, owner)):
            if choice is not None:
                await game.guess(begun.id, server, user.id, choice, fast=number % 2 == 0)
        await game.close(begun.id, server)
    await scene.shoot("leaderboard", *scene.shown(*await scene.post(discord.member, "!leaderboard")))


async def feedback(scene: Scene) -> None:
    """The feedback that an admin can review."""
    discord, store = scene.stage.discord, scene.stage.bot.services.store
    known = scene.stage.bot.services.engine.info(None)
    if known is None:
        sys.exit("The sandbox has no model.")
    channels = scene.stage.youtube.library.channels
    for user, video, agrees in (
        (discord.member, channels[0].held_back[2], True),
        (discord.owner, channels[1].held_back[2], False),
    ):
        answer = await store.answers.record(discord.guild.id, _prediction(known), video=video.id)
        label = answer.named if agrees else known.channels[1].label
        await store.feedback.correct(answer.id, user.id, label, quota=9)
    await scene.become(discord.admin)
    await scene.shoot("feedback", *scene.shown(*await scene.post(discord.admin, "!feedback")))


def _prediction(known: ModelInfo, *, unknown: bool = False) -> Prediction:
    first, *others = known.channels
    guesses = (Guess(first, 0.91), *(Guess(channel, 0.09 / len(others)) for channel in others))
    return Prediction(guesses, unknown, known.version)


async def setup(scene: Scene) -> None:
    """The set-up card, as it is when the bot has joined."""
    await scene.become(scene.stage.discord.admin)
    await scene.shoot("setup", *scene.shown(*await scene.post(scene.stage.discord.admin, "!setup")))


async def help_(scene: Scene) -> None:
    """The help page."""
    await scene.shoot("help", *scene.shown(*await scene.post(scene.stage.discord.member, "!help")))


SCENES: Final[dict[str, Callable[[Scene], Awaitable[None]]]] = {
    "reply": reply,
    "link": link,
    "exact": exact,
    "compare": compare,
    "several": several,
    "phone": phone,
    "commands": commands,
    "log": log,
    "menu": menu,
    "setup": setup,
    "channels": channels,
    "help": help_,
    "training": training,
    "model": model,
    "mistakes": mistakes,
    "feedback": feedback,
    "guess": guess,
    "leaderboard": leaderboard,
    "stats": stats,
    "portuguese": portuguese,
}


async def main(names: list[str]) -> None:
    """Start a sandbox, take the screenshots, stop it."""
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("Chromium is not installed: run apt-get install chromium")
    if unknown := [name for name in names if name not in SCENES]:
        sys.exit(f"There is no screenshot {unknown[0]}. Choose from {', '.join(SCENES)}.")
    console = Console(highlight=False)
    settings = Settings()
    samples = settings.data_dir / "screenshots"
    await asyncio.to_thread(_draw, samples)
    async with staged(settings, console, thumbnails=samples) as stage, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = await browser.new_page(viewport=VIEW, device_scale_factor=SCALE, color_scheme="dark")
        await page.goto(stage.page.url)
        for name in names or SCENES:
            await SCENES[name](Scene(stage, page))
            console.print(f"Took {name}.")
        await browser.close()


def _draw(folder: Path) -> None:
    """Draw the sample channels and their look-alikes, so that reports and models have mistakes to show."""
    draw_samples(folder)
    draw_look_alikes(folder)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
