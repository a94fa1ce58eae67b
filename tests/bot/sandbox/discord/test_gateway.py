"""The gateway's protocol over raw sockets: frames, compression, limits and close codes."""

import asyncio
import json
import logging
import sys
import zlib
from typing import Any

import aiohttp
import pytest

from bot.sandbox.discord import CloseCode, GatewaySettings, LocalDiscord
from bot.sandbox.discord.gateway import server
from bot.sandbox.discord.gateway.session import PATIENCE
from tests.bot.sandbox.discord.rest import call
from tests.bot.sandbox.discord.sockets import close_code, connected, identified, identify, next_event
from tests.discord_fixtures import MakeDiscord

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd


@pytest.fixture(autouse=True)
def no_tracebacks(caplog: pytest.LogCaptureFixture) -> Any:
    """Nothing that a client sends makes the gateway fail."""
    yield
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


async def test_frames_can_be_binary(local_discord: LocalDiscord) -> None:
    async with connected(local_discord) as socket:
        await socket.send_bytes(json.dumps(identify(local_discord)).encode())
        assert (await socket.receive_json())["t"] == "READY"
        await socket.send_bytes(b'{"op": 1, "d": 1}')
        while (await socket.receive_json())["op"] != 11:
            pass


async def test_every_frame_has_all_four_fields(local_discord: LocalDiscord) -> None:
    local, seen = local_discord, set[int]()
    address = f"{local.gateway_url}?v=10&encoding=json"
    async with aiohttp.ClientSession() as session, session.ws_connect(address) as socket:
        await socket.send_json({"op": 1, "d": None})
        await socket.send_json(identify(local))
        while not {0, 7, 9, 10, 11} <= seen:
            frame = await socket.receive_json(timeout=10)
            assert set(frame) == {"op", "d", "s", "t"}
            event = frame["op"] == 0
            assert (frame["s"] is not None, frame["t"] is not None) == (event, event)
            if event and 0 not in seen:
                local.gateway.ask_to_reconnect()
                local.gateway.invalidate()
            seen.add(frame["op"])


@pytest.mark.parametrize("compress", ["zlib-stream", "zstd-stream"])
async def test_transport_compression_is_one_stream(local_discord: LocalDiscord, compress: str) -> None:
    local = local_discord
    context: Any = zlib.decompressobj() if compress == "zlib-stream" else zstd.ZstdDecompressor()
    address = f"{local.gateway_url}?v=10&encoding=json&compress={compress}"
    sent = plain = 0
    async with aiohttp.ClientSession() as session, session.ws_connect(address) as socket:
        await socket.send_json(identify(local))
        names: list[str | None] = []
        while names.count("GUILD_CREATE") < 2:
            part = await socket.receive_bytes(timeout=10)
            assert compress != "zlib-stream" or part.endswith(b"\x00\x00\xff\xff")
            text = context.decompress(part)
            names.append(json.loads(text)["t"])  # one message is one whole frame
            sent, plain = sent + len(part), plain + len(text)
    assert names == [None, "READY", "GUILD_CREATE", "GUILD_CREATE"]
    assert sent < plain / 2


async def test_an_unknown_compression_is_none(local_discord: LocalDiscord) -> None:
    async with connected(local_discord, "&compress=other"):
        """HELLO was plain JSON."""


@pytest.mark.parametrize(("query", "code"), [("v=9", 4012), ("v=10&encoding=etf", 4012), ("", 4012)])
async def test_another_version_is_refused(local_discord: LocalDiscord, query: str, code: int) -> None:
    async with aiohttp.ClientSession() as session, session.ws_connect(f"{local_discord.gateway_url}?{query}") as socket:
        assert await close_code(socket) == code


TOO_LONG = '{"op": 1, "d": "' + "x" * 4096 + '"}'


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ("no json", 4002),
        (b"\xff\xfe", 4002),
        (b"", 4002),
        ("[]", 4002),
        ("7", 4002),
        ("{}", 4002),
        ('{"op": "1"}', 4002),
        ('{"op": true}', 4002),
        ('{"op": -1}', 4002),
        ("[" * 4000, 4002),
        (TOO_LONG, 4002),
        (TOO_LONG.encode(), 4002),
        ("x" * 100_000, 4002),
        ({"op": 99}, 4001),
        ({"op": 0}, 4001),
        ({"op": 3, "d": {}}, 4003),
        ({"op": 4, "d": {}}, 4003),
        ({"op": 8, "d": {}}, 4003),
        *(({"op": op, "d": data}, 4002) for op in (2, 6) for data in (None, 7, "x", [], {}, {"token": None})),
    ],
)
async def test_a_malformed_frame_closes_with_its_code(local_discord: LocalDiscord, frame: object, code: int) -> None:
    async with connected(local_discord) as socket:
        assert await close_code(socket, frame) == code


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"token": 7}, 4002),
        ({"token": "wrong"}, 4004),
        ({"token": "\ud800"}, 4004),
        ({"properties": None}, 4002),
        ({"intents": None}, 4002),
        ({"intents": "513"}, 4002),
        ({"intents": 1 << 17}, 4013),
        ({"intents": 1 << 60}, 4013),
        ({"intents": 1 << 1}, 4014),
        ({"shard": []}, 4010),
        ({"shard": [0]}, 4010),
        ({"shard": [1, 1]}, 4010),
        ({"shard": [-1, 1]}, 4010),
        ({"shard": ["0", "1"]}, 4010),
        ({"shard": 7}, 4010),
    ],
)
async def test_an_invalid_identify_closes_with_its_code(
    local_discord: LocalDiscord, changes: dict[str, Any], code: int
) -> None:
    async with connected(local_discord) as socket:
        assert await close_code(socket, identify(local_discord, **changes)) == code


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ({"session_id": 7, "seq": 1}, 4002),
        ({"session_id": "x"}, 4002),
        ({"session_id": "x", "seq": "1"}, 4002),
        ({"session_id": "x", "seq": 1, "token": "wrong"}, 4004),
        ({"seq": 10**9}, 4007),
    ],
)
async def test_an_invalid_resume_closes_with_its_code(
    local_discord: LocalDiscord, data: dict[str, Any], code: int
) -> None:
    local = local_discord
    async with identified(local) as (_, session_id), connected(local) as socket:
        resume = {"op": 6, "d": {"token": local.token, "session_id": session_id} | data}
        assert await close_code(socket, resume) == code


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        {},
        {"guild_id": "x", "query": "", "limit": 0},
        {"guild_id": "1"},
        {"guild_id": "1", "query": 7, "limit": 0},
        {"guild_id": "1", "query": "a"},
        {"guild_id": "1", "query": "a", "limit": "x"},
        {"guild_id": "1", "user_ids": ["x"]},
        {"guild_id": "1", "user_ids": {}},
        {"guild_id": ["1"], "user_ids": ["1"]},
    ],
)
async def test_an_invalid_members_request_closes_with_its_code(local_discord: LocalDiscord, data: object) -> None:
    async with identified(local_discord) as (socket, _):
        assert await close_code(socket, {"op": 8, "d": data}) == 4002


async def test_members_are_requested_by_id_or_by_name(local_discord: LocalDiscord) -> None:
    local = local_discord
    guild_id = str(local.guild.id)
    async with identified(local) as (socket, _):
        wanted = [str(local.admin.id), "17"]
        nonce = "n" * 33
        await socket.send_json({"op": 8, "d": {"guild_id": guild_id, "user_ids": wanted, "nonce": nonce}})
        chunk = await next_event(socket, "GUILD_MEMBERS_CHUNK")
        assert [member["user"]["username"] for member in chunk["members"]] == ["ada"]
        assert (chunk["not_found"], chunk["chunk_index"], chunk["chunk_count"]) == (["17"], 0, 1)
        assert "nonce" not in chunk  # longer than 32 bytes
        # without the intent, the whole list and other servers are silently refused
        await socket.send_json({"op": 8, "d": {"guild_id": guild_id, "query": "", "limit": 0}})
        await socket.send_json({"op": 8, "d": {"guild_id": "1", "query": "", "limit": 1}})
        await socket.send_json({"op": 8, "d": {"guild_id": guild_id, "query": "M", "limit": 5, "nonce": "m"}})
        chunk = await next_event(socket, "GUILD_MEMBERS_CHUNK")
        assert ([member["user"]["username"] for member in chunk["members"]], chunk["nonce"]) == (["max"], "m")


async def test_a_second_identify_or_resume_is_refused(local_discord: LocalDiscord) -> None:
    for op in (2, 6):
        async with identified(local_discord) as (socket, session_id):
            data = identify(local_discord)["d"] | {"session_id": session_id, "seq": 1}
            assert await close_code(socket, {"op": op, "d": data}) == 4005


async def test_too_many_frames_close_the_connection(local_discord: LocalDiscord) -> None:
    async with connected(local_discord) as socket:
        for _ in range(120):
            await socket.send_json({"op": 1, "d": None})
        for _ in range(120):
            assert (await socket.receive_json())["op"] == 11
        assert await close_code(socket, {"op": 1, "d": None}) == 4008


async def test_4096_bytes_are_not_too_long(local_discord: LocalDiscord) -> None:
    frame = '{"op": 1, "d": "' + "x" * (4096 - 18) + '"}'
    assert len(frame) == 4096
    async with connected(local_discord) as socket:
        await socket.send_str(frame)
        assert (await socket.receive_json())["op"] == 11


async def test_a_client_without_heartbeats_times_out_and_can_resume(make_discord: MakeDiscord) -> None:
    async with make_discord(gateway=GatewaySettings(heartbeat=0.2)) as local, local.watch() as events:
        async with identified(local) as (silent, session_id):
            assert await close_code(silent) == 4009
        await events.next(lambda event: event.name == "GATEWAY_CLOSED")
        async with connected(local) as socket:
            await socket.send_json({"op": 6, "d": {"token": local.token, "session_id": session_id, "seq": 1}})
            await next_event(socket, "RESUMED")


async def test_a_client_with_heartbeats_stays(make_discord: MakeDiscord) -> None:
    settings = GatewaySettings(heartbeat=1.0)
    waits = int(settings.heartbeat * PATIENCE / server.ACK_DELAY) + 5
    async with make_discord(gateway=settings) as local, connected(local) as socket:
        for _ in range(waits):  # each takes as long as an acknowledgement
            await socket.send_json({"op": 1, "d": None})
            assert (await socket.receive_json())["op"] == 11


@pytest.mark.parametrize("lifetime", [0.0, 180.0])
async def test_a_session_can_be_resumed_for_some_time(make_discord: MakeDiscord, lifetime: float) -> None:
    settings = GatewaySettings(session_lifetime=lifetime)
    async with make_discord(gateway=settings) as local, local.watch() as events:
        async with identified(local) as (_, session_id):
            local.gateway.drop()
        await events.next(lambda event: event.name == "GATEWAY_CLOSED")
        await local.post(local.member, local.general, "meanwhile")
        async with connected(local) as socket:
            await socket.send_json({"op": 6, "d": {"token": local.token, "session_id": session_id, "seq": 1}})
            frames = [await socket.receive_json(timeout=10)]
            while frames[-1]["t"] != "RESUMED" and frames[-1]["op"] != 9:
                frames.append(await socket.receive_json(timeout=10))
        if lifetime:
            assert [frame["t"] for frame in frames][-2:] == ["MESSAGE_CREATE", "RESUMED"]
        else:
            assert [(frame["op"], frame["d"]) for frame in frames] == [(9, False)]


async def test_an_orderly_end_ends_the_session(local_discord: LocalDiscord) -> None:
    local = local_discord
    async with local.watch() as events:
        async with identified(local) as (socket, session_id):
            await socket.close()
        await events.next(lambda event: event.name == "GATEWAY_CLOSED")
        async with connected(local) as socket:
            await socket.send_json({"op": 6, "d": {"token": local.token, "session_id": session_id, "seq": 1}})
            frame = await socket.receive_json()
            assert (frame["op"], frame["d"]) == (9, False)


@pytest.mark.parametrize("resumable", [True, False])
async def test_an_invalid_session_receives_nothing_any_more(local_discord: LocalDiscord, resumable: bool) -> None:
    local = local_discord
    async with identified(local) as (socket, session_id):
        await next_event(socket, "GUILD_CREATE")
        await next_event(socket, "GUILD_CREATE")
        local.gateway.invalidate(resumable=resumable)
        frame = await socket.receive_json()
        assert (frame["op"], frame["d"]) == (9, resumable)
        await local.post(local.member, local.general, "meanwhile")
        request = {"op": 6, "d": {"token": local.token, "session_id": session_id, "seq": 3}}
        await socket.send_json(request if resumable else identify(local))
        frame = await socket.receive_json()
        assert frame["t"] == ("MESSAGE_CREATE" if resumable else "READY")


@pytest.mark.parametrize("code", [CloseCode.SESSION_TIMED_OUT, CloseCode.RATE_LIMITED])
async def test_any_close_code_can_be_provoked(local_discord: LocalDiscord, code: CloseCode) -> None:
    async with identified(local_discord) as (socket, _):
        closing = asyncio.create_task(local_discord.gateway.close_with(code))
        assert await close_code(socket) == code
        await closing


async def test_handshakes_can_be_refused(local_discord: LocalDiscord) -> None:
    local = local_discord
    local.gateway.refuse_next(502)
    local.gateway.refuse_next(0)
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        async with connected(local):
            raise AssertionError("connected")
    assert refused.value.status == 502
    address = f"{local.gateway_url}?v=10&encoding=json"
    async with aiohttp.ClientSession() as session, session.ws_connect(address) as socket:
        assert (await socket.receive()).type in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR)
    async with connected(local):
        """It works again."""


async def test_too_many_guilds_need_shards(local_discord: LocalDiscord, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "MAX_GUILDS_PER_SHARD", 1)
    async with connected(local_discord) as socket:
        assert await close_code(socket, identify(local_discord)) == 4011
    async with identified(local_discord, shard=[1, 2]):
        """One guild each."""


async def test_the_gateway_says_how_many_shards_and_starts(make_discord: MakeDiscord) -> None:
    settings = GatewaySettings(shards=4, max_concurrency=2, identify_interval=60)
    async with make_discord(gateway=settings) as local:
        async with identified(local, shard=[0, 4]), identified(local, shard=[1, 4]), connected(local) as third:
            for shard in (2, 3):  # 2 % 2 and 3 % 2 have just started
                await third.send_json(identify(local, shard=[shard, 4]))
                frame = await third.receive_json()
                assert (frame["op"], frame["d"]) == (9, False)
        status, body = await call(local, "GET", "/gateway/bot")
        start = body["session_start_limit"]
        assert (status, body["shards"], start["max_concurrency"]) == (200, 4, 2)
        assert (start["total"], start["remaining"]) == (1000, 998)
        assert 0 < start["reset_after"] <= 86_400_000


async def test_events_go_to_the_shard_of_their_guild(local_discord: LocalDiscord) -> None:
    local, count = local_discord, 2
    home, away = ((guild.id >> 22) % count for guild in (local.guild, local.club))
    assert {home, away} == {0, 1}
    async with (
        identified(local, shard=[home, count]) as (here, _),
        identified(local, shard=[away, count]) as (there, _),
    ):
        assert (await next_event(here, "GUILD_CREATE"))["id"] == str(local.guild.id)
        assert (await next_event(there, "GUILD_CREATE"))["id"] == str(local.club.id)
        first = {home: here, away: there}[0]
        await local.post(local.member, local.general, "here")
        await local.post(local.member, local.posters, "there")
        await local.post(local.member, local.direct(local.member), "to the first")
        expected = {here: [local.general.id], there: [local.posters.id]}
        expected[first].append(local.direct(local.member).id)
        for socket, channels in expected.items():
            received = [(await next_event(socket, "MESSAGE_CREATE"))["channel_id"] for _ in channels]
            assert received == [str(channel_id) for channel_id in channels]
