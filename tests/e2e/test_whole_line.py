"""The whole product with its real engine: a crawl, a training, and answers in Discord."""

import asyncio
from pathlib import Path

from bot.app import Thumbprint
from bot.sandbox.discord import LocalDiscord
from bot.sandbox.samples import draw_samples
from bot.sandbox.youtube import LocalYouTube
from classifier.engine import Engine
from tests.e2e.conftest import bot_settings, running

HELD_BACK = 4


async def test_the_bot_recognises_channels_after_a_retrain(local_discord: LocalDiscord, tmp_path: Path) -> None:
    await asyncio.to_thread(draw_samples, tmp_path / "samples", 40)
    async with LocalYouTube(tmp_path / "samples", hold_back=HELD_BACK) as youtube:
        chosen = bot_settings(
            local_discord,
            tmp_path / "data",
            youtube.thumbnails_url,
            channels=tuple(channel.handle for channel in youtube.library.channels),
        )
        engine = Engine(chosen.data_dir, youtube.settings)
        async with running(Thumbprint(chosen, engine), local_discord), local_discord.watch() as events:
            first = await local_discord.post(local_discord.admin, local_discord.general, "!retrain")
            progress = await local_discord.answer_to(first)
            video = youtube.library.channels[0].held_back[0]
            early = await local_discord.post(
                local_discord.member, local_discord.general, f"!classify youtu.be/{video.id}"
            )
            assert "I haven't been trained yet." in (await local_discord.answer_to(early)).content
            assert "keeps answering" not in progress.content
            report = await events.next(
                lambda event: event.message is not None and event.message.reference_id == progress.id, within=500
            )
            assert report.message is not None
            (embed,), (matrix,) = report.message.embeds, report.message.attachments
            assert embed["title"] == "The new model is now live"
            assert "there is no earlier model of these channels to compare with" in embed["description"]
            assert local_discord.read(matrix).startswith(b"\x89PNG")

            right = 0
            for channel in youtube.library.channels:
                for number, video in enumerate(channel.held_back):
                    picture = await asyncio.to_thread(video.thumbnail.read_bytes)
                    user = local_discord.member
                    posted = await local_discord.post(user, local_discord.general, "", [(f"{number}.jpg", picture)])
                    answer = await local_discord.answer_to(posted)
                    right += answer.embeds[0]["title"] == channel.title
            assert right >= 12, f"{right} of 16 held-back thumbnails were right"
