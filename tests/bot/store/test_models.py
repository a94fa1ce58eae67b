"""The rows of models: what serves whom, and what only the worker that has claimed a run can change."""

from dataclasses import replace

from bot.store.models import StoredModel
from bot.store.store import Store
from bot.store.values import RunState
from classifier.values import Channel
from tests.bot.samples import model
from tests.bot.store.samples import ADMIN, NEIGHBOUR, SERVER


def stored(version: str, server: int | None = SERVER, digest: str | None = None) -> StoredModel:
    return StoredModel(server, digest or f"{version:0<64}", "f" * 64, replace(model(), version=version))


async def publish(store: Store, it: StoredModel, *, swap: bool = True, before: str | None = None) -> bool | None:
    """Publish as the worker that has claimed a new run."""
    run = await store.runs.start(it.server, channel=1, by=ADMIN)
    assert await store.runs.claim(run.id) is not None
    store.runs.release(run.id)
    return await store.models.publish(it, swap=swap, before=before, run=run.id, attempt=1)


async def versions(store: Store) -> dict[int | None, str]:
    return {server: it.info.version for server, it in (await store.models.serving()).items()}


async def test_a_published_model_serves_its_server(store: Store) -> None:
    assert await publish(store, stored("v1")) is True
    assert await publish(store, stored("v1", NEIGHBOUR)) is True
    assert await publish(store, stored("v1", None)) is True
    assert await versions(store) == {SERVER: "v1", NEIGHBOUR: "v1", None: "v1"}
    assert await store.models.serving(NEIGHBOUR, everyone=False) == {NEIGHBOUR: stored("v1", NEIGHBOUR)}
    assert await store.models.find(SERVER, "v1") == stored("v1")
    run, *_ = await store.runs.latest(SERVER)
    assert (run.state, run.version, run.accuracy, run.thumbnails) == (RunState.DONE, "v1", 0.96, 800)


async def test_a_worse_model_is_only_kept(store: Store) -> None:
    await publish(store, stored("v1"))
    assert await publish(store, stored("v2"), swap=False, before="v1") is False
    assert await versions(store) == {SERVER: "v1"}
    assert [it.info.version for it in await store.models.all(SERVER)] == ["v2", "v1"]
    assert (await store.runs.latest(SERVER))[0].state is RunState.KEPT_OLD


async def test_somebodys_choice_during_the_training_stays(store: Store) -> None:
    await publish(store, stored("v1"))
    await publish(store, stored("v2"), before="v1")
    assert await publish(store, stored("v3"), before="v1") is False
    assert await versions(store) == {SERVER: "v2"}


async def test_only_the_last_worker_to_claim_a_run_can_publish(store: Store) -> None:
    run = await store.runs.start(SERVER, channel=1, by=ADMIN)
    store.runs.release(run.id)
    first, second = await store.runs.claim(run.id), await store.runs.claim(run.id)
    assert first is not None
    assert second is not None
    assert (first.attempt, second.attempt) == (1, 2)
    options = {"swap": True, "before": None, "run": run.id}
    assert await store.models.publish(stored("v1"), **options, attempt=1) is None
    assert not await store.runs.end(run.id, 1, RunState.FAILED)
    assert await versions(store) == {}
    assert await store.models.publish(stored("v1"), **options, attempt=2) is True
    assert await store.models.publish(stored("v2"), **options, attempt=2) is None
    assert await store.runs.claim(run.id) is None
    assert [it.info.version for it in await store.models.all(SERVER)] == ["v1"]


async def test_a_run_is_claimed_first_only_once(store: Store) -> None:
    run = await store.runs.start(SERVER, channel=1, by=ADMIN)
    assert await store.runs.claim(run.id, first=True) is not None
    assert await store.runs.claim(run.id, first=True) is None
    assert await store.runs.claim(run.id) is not None


async def test_a_run_that_goes_on_can_be_cancelled(store: Store) -> None:
    run = await store.runs.start(SERVER, channel=1, by=ADMIN)
    store.runs.release(run.id)
    assert await store.runs.is_running(SERVER)
    assert not await store.runs.is_running(NEIGHBOUR)
    assert await store.runs.cancel(run.id)
    claimed = await store.runs.claim(run.id)
    assert claimed is not None
    assert claimed.cancelled
    assert await store.runs.end(run.id, 1, RunState.CANCELLED)
    assert not await store.runs.is_running(SERVER)
    assert not await store.runs.cancel(run.id)


async def test_rolling_back_forgets_what_came_later(store: Store) -> None:
    for version, before in (("v1", None), ("v2", "v1"), ("v3", "v2")):
        await publish(store, stored(version), before=before)
    assert await store.models.before(SERVER) == "v2"
    assert await store.models.serve(SERVER, "v2")
    assert await versions(store) == {SERVER: "v2"}
    assert await store.models.before(SERVER) == "v1"
    assert await store.models.serve(SERVER, "v3")
    assert await store.models.before(SERVER) == "v2"
    assert not await store.models.serve(SERVER, "v9")
    assert not await store.models.serve(NEIGHBOUR, "v1")


async def test_old_versions_go_and_shared_artifacts_stay(store: Store) -> None:
    shared = "a" * 64
    await publish(store, stored("v1", digest=shared))
    await publish(store, stored("v1", NEIGHBOUR, digest=shared))
    for version in ("v2", "v3", "v4"):
        await publish(store, stored(version), swap=False)
    assert await store.models.prune(SERVER, 2) == [stored("v2").digest, stored("v3").digest]
    assert [it.info.version for it in await store.models.all(SERVER)] == ["v4", "v1"]
    assert await store.models.forget(SERVER) == [stored("v4").digest]
    assert await store.models.forget(NEIGHBOUR) == [shared]
    assert await versions(store) == {}


async def test_models_go_with_their_server(store: Store) -> None:
    await publish(store, stored("v1"))
    await store.wipe(SERVER)
    assert await store.models.all(SERVER) == ()
    assert await versions(store) == {}


async def test_names_are_brought_up_to_date(store: Store) -> None:
    await publish(store, stored("v1"))
    nerd, peixe = model().channels
    await store.models.rename([Channel("other", "Nerdologia 2", nerd.id, "@nerd2")], ["UC" + "z" * 22])
    renamed = replace(nerd, title="Nerdologia 2", handle="@nerd2")
    assert (await store.models.serving())[SERVER].info.channels == (renamed, peixe)
    assert nerd.id is not None
    await store.models.rename([], [nerd.id])
    assert (await store.models.serving())[SERVER].info.channels == (replace(nerd, title=nerd.id, handle=None), peixe)
