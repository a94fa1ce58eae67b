"""What operators see of the running bot: health, metrics, and logs that can be followed."""

import io
import json
import logging
import re
import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot.app import Thumbprint
from bot.logs import formatter
from bot.sandbox.discord import LocalDiscord
from bot.sandbox.youtube import LocalYouTube
from classifier.errors import BusyError
from tests.bot.samples import png
from tests.e2e.chat import ask, buttons
from tests.e2e.conftest import ScriptedEngine, bot_settings, handled, running

PAGE = Path(__file__).parents[2] / "docs" / "reliability.md"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@pytest.fixture
async def measured(
    local_discord: LocalDiscord, local_youtube: LocalYouTube, engine: ScriptedEngine, tmp_path: Path
) -> AsyncIterator[str]:
    """The URL where the running bot serves health and metrics."""
    port = free_port()
    chosen = bot_settings(local_discord, tmp_path / "data", local_youtube.thumbnails_url, metrics_port=port)
    async with running(Thumbprint(chosen, engine), local_discord) as bot:
        await bot.wait_until_ready()
        yield f"http://127.0.0.1:{port}"


async def get(url: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        return response.status, await response.text()


async def samples(url: str) -> dict[str, float]:
    """All samples, by name and labels."""
    status, text = await get(f"{url}/metrics")
    assert status == 200
    return {
        f"{sample.name}{''.join(f' {value}' for value in sample.labels.values())}": sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def test_answers_are_counted_by_how_they_ended(
    measured: str, local_discord: LocalDiscord, engine: ScriptedEngine
) -> None:
    async def post(content: bytes) -> None:
        posted = await local_discord.post(local_discord.member, local_discord.general, "", [("a.png", content)])
        await local_discord.answer_to(posted)

    await post(png())
    await post(b"not a picture")
    engine.failure = BusyError("Too many pictures are waiting. Send yours again in a minute.")
    await post(png())
    await handled("message")
    found = await samples(measured)
    count = "thumbprint_answer_seconds_count"
    assert {it: found[f"{count} {it}"] for it in ("answered", "refused", "busy", "failed", "undelivered")} == {
        **dict.fromkeys(("answered", "refused", "busy"), 1),
        **dict.fromkeys(("failed", "undelivered"), 0),
    }
    assert found["thumbprint_answer_seconds_bucket +Inf answered"] == 1
    assert found["thumbprint_work_in_flight"] == found["thumbprint_pictures_waiting"] == 0
    assert found["thumbprint_decoder_restarts_total"] == found["thumbprint_pictures_dropped_total"] == 0
    assert found["thumbprint_loop_lag_seconds_count"] > 0


async def test_trainings_are_counted_by_how_they_ended(
    measured: str, local_discord: LocalDiscord, engine: ScriptedEngine
) -> None:
    progress = await ask(local_discord, "text", local_discord.admin, "retrain")
    await engine.started.wait()
    assert (await samples(measured))["thumbprint_work_in_flight"] == 1
    async with local_discord.watch() as events:
        engine.finish()
        await events.next(lambda event: event.message is not None and event.message.reference_id == progress.id)
    found = await samples(measured)
    assert {
        name: count for name, count in found.items() if name.startswith("thumbprint_trainings_total") and count
    } == {"thumbprint_trainings_total done": 1}


async def test_a_bot_that_is_not_connected_is_healthy_but_not_ready(measured: str, local_discord: LocalDiscord) -> None:
    assert await get(f"{measured}/healthz") == await get(f"{measured}/readyz") == (200, "ok\n")
    async with local_discord.watch() as events:
        local_discord.gateway.drop()
        await events.next(lambda event: event.name == "GATEWAY_CLOSED")
        status, text = await get(f"{measured}/readyz")
        assert (status, text) == (503, "not connected to Discord: shards [0]\n")
        assert (await get(f"{measured}/healthz"))[0] == 200
        await events.next(lambda event: event.name == "GATEWAY_RESUMED")
        await handled("shard_resumed")
    assert (await get(f"{measured}/readyz"))[0] == 200


async def test_reconnects_are_counted_by_session(measured: str, local_discord: LocalDiscord) -> None:
    reconnects = "thumbprint_gateway_reconnects_total"
    async with local_discord.watch() as events:
        local_discord.gateway.ask_to_reconnect()
        await events.next(lambda event: event.name == "GATEWAY_RESUMED")
        answered = await local_discord.post(local_discord.member, local_discord.general, "", [("a.png", png())])
        await local_discord.answer_to(answered)  # what comes after an event is handled after it
        found = await samples(measured)
        assert (found[f"{reconnects} resumed"], found[f"{reconnects} new"]) == (1, 0)
        local_discord.gateway.invalidate()
        await events.next(lambda event: event.name == "GATEWAY_READY", within=30)
        answered = await local_discord.post(local_discord.member, local_discord.general, "", [("a.png", png())])
        await local_discord.answer_to(answered)
    found = await samples(measured)
    assert (found[f"{reconnects} resumed"], found[f"{reconnects} new"]) == (1, 1)
    assert 0 < found["thumbprint_gateway_latency_seconds"] < float("inf")


async def test_the_docs_list_every_metric(measured: str) -> None:
    _, text = await get(f"{measured}/metrics")
    served = {family.name for family in text_string_to_metric_families(text)}
    served = {name for name in served if name.startswith("thumbprint_") and not name.endswith("_created")}
    listed = {name.removesuffix("_total") for name in re.findall(r"`(thumbprint_\w+)`", PAGE.read_text())}
    assert listed == served


async def test_without_a_port_nothing_is_served_or_measured(bot: Thumbprint) -> None:
    assert bot.services.settings.metrics_port == 0
    assert bot.services.metrics.registry.get_sample_value("thumbprint_loop_lag_seconds_count") == 0


class Lines:
    """The program's log at DEBUG, as JSON."""

    def __init__(self) -> None:
        self._stream = io.StringIO()
        self.handler = logging.StreamHandler(self._stream)
        self.handler.setFormatter(formatter("json", ()))

    def of(self, work: int) -> list[dict[str, Any]]:
        lines = map(json.loads, self._stream.getvalue().splitlines())
        return [line for line in lines if line.get("work") == str(work)]


@pytest.fixture
def lines() -> Iterator[Lines]:
    lines, root = Lines(), logging.getLogger()
    before = root.level
    root.addHandler(lines.handler)
    root.setLevel(logging.DEBUG)
    yield lines
    root.setLevel(before)
    root.removeHandler(lines.handler)


async def test_one_id_leads_from_a_message_to_its_reply(
    bot: Thumbprint, local_discord: LocalDiscord, lines: Lines
) -> None:
    posted = await local_discord.post(local_discord.member, local_discord.general, "", [("a.png", png())])
    other = await local_discord.post(local_discord.member, local_discord.random, "", [("b.png", png())])
    await local_discord.answer_to(posted)
    await local_discord.answer_to(other)
    await handled("message")
    for message in (posted, other):
        found = lines.of(message.id)
        events = [line["event"] for line in found]
        assert events[0] == "Dispatching event message"
        assert events[-1] == "answered 1 of 1 pictures"
        assert "looking at 1 of 1 pictures" in events
        assert any(
            line["logger"] == "discord.http" and f"channels/{message.channel_id}/messages" in line["event"]
            for line in found
        )
        assert not any(
            f"channels/{it.channel_id}/" in event for event in events for it in (posted, other) if it is not message
        )


async def test_interactions_have_an_id_too(bot: Thumbprint, local_discord: LocalDiscord, lines: Lines) -> None:
    asked = await local_discord.slash(
        local_discord.member, local_discord.general, "classify", {"picture": ("a.png", png())}
    )
    answer = await local_discord.answer_to(asked)
    menu = await local_discord.context_menu(local_discord.member, answer, "Which channel is this?")
    await local_discord.answer_to(menu)
    pressed = await local_discord.press(local_discord.member, answer, buttons(answer)["Right"])
    await local_discord.answer_to(pressed)
    for interaction in (asked, menu, pressed):
        assert any(line["logger"].startswith("discord.webhook") for line in lines.of(interaction.id)), interaction
    assert "answered 1 of 1 pictures" in [line["event"] for line in lines.of(asked.id)]


async def test_a_training_run_has_its_number(
    bot: Thumbprint, local_discord: LocalDiscord, engine: ScriptedEngine, lines: Lines
) -> None:
    asked = await local_discord.post(local_discord.admin, local_discord.general, "!retrain")
    progress = await local_discord.answer_to(asked)
    await engine.started.wait()
    async with local_discord.watch() as events:
        engine.finish()
        await events.next(lambda event: event.message is not None and event.message.reference_id == progress.id)
    (line,) = [line for line in lines.of(asked.id) if line["logger"] == "bot.trainings"]
    assert line["training"] == 1
