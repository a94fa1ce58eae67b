import subprocess
import sys
from itertools import islice
from pathlib import Path

from bot.store.store import Store
from bot.store.values import RunState
from tests.bot.store.samples import NERD, SERVER

_WRITE = """
import asyncio, pathlib, sys
from bot.store.store import Store
from tests.bot.store.samples import NERD, SERVER, prediction

async def write(store):
    await store.open()
    await store.servers.set_threshold(SERVER, 0.7)
    await store.channels.add(SERVER, NERD, 1)
    run = await store.runs.start(SERVER, channel=11, by=13)
    await store.runs.set_message(run.id, 12)
    while True:
        print((await store.answers.record(SERVER, prediction())).id, flush=True)

kind, place = sys.argv[1:]
asyncio.run(write(Store(pathlib.Path(place) if kind == "path" else place)))
"""


async def test_written_data_survives_sigkill(place: str | Path) -> None:
    command = [sys.executable, "-c", _WRITE, "path" if isinstance(place, Path) else "url", str(place)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as program:  # noqa: ASYNC220, S603
        assert program.stdout is not None
        written = [int(line) for line in islice(program.stdout, 10)]
        program.kill()
        written += [int(line) for line in program.stdout if line.endswith("\n")]
    assert len(written) >= 10

    store = Store(place)
    await store.open()
    assert (await store.servers.get(SERVER)).threshold == 0.7
    assert [row.channel for row in await store.channels.of(SERVER)] == [NERD]
    assert [(await store.answers.get(answer)).id for answer in written] == written
    (run,) = await store.runs.interrupted()
    assert (run.server, run.channel, run.message, run.state) == (SERVER, 11, 12, RunState.RUNNING)
    await store.close()
