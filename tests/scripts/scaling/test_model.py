"""The cost model: what it computes, where its figures come from, and that the page has what it gives."""

import inspect
import re
from dataclasses import fields, replace
from pathlib import Path

import pytest
from sqlalchemy.pool import QueuePool
from typer.testing import CliRunner

from bot.settings import Settings, settings_table
from classifier.serving.versions import KEPT_MODELS
from classifier.youtube.refresh import PER_UNIT
from scripts.scaling import gateway
from scripts.scaling.__main__ import PAGE, PICTURE, app
from scripts.scaling.demand import demand, shards_of, shared_quota_per_server
from scripts.scaling.figures import Figures, Kind, sources
from scripts.scaling.tables import duration, rounded, tables, with_tables
from scripts.scaling.walls import walls

SCRIPTS = Path(__file__).parents[3] / "scripts"


def test_a_million_servers() -> None:
    """By hand: 2 pictures a day, four times the mean; 1,000 servers per shard, 16 shards per process."""
    million = demand(1_000_000, Figures())
    assert million.answers == pytest.approx(1_000_000 * 2 / 86_400 * 4)
    assert million.requests == pytest.approx(185.2, abs=0.1)
    assert million.shards == 1008  # a multiple of 16
    assert million.processes == 63
    assert million.start_seconds == 63 * 5
    assert million.rows == 730e6
    assert million.quota == pytest.approx(1_000_000 * (5 * 9 / 30 + 5 * 0.5 / 50))


def test_one_server_needs_one_process_and_no_worker() -> None:
    one = demand(1, Figures())
    assert (one.shards, one.processes, one.workers, one.connections) == (1, 1, 0, 0)


@pytest.mark.parametrize(
    ("servers", "shards"), [(1, 1), (1000, 1), (1001, 2), (149_000, 149), (150_000, 160), (160_001, 176)]
)
def test_large_bots_have_a_multiple_of_sixteen_shards(servers: int, shards: int) -> None:
    assert shards_of(servers, Figures()) == shards


def test_no_shard_exceeds_what_discord_allows() -> None:
    figures = Figures()
    for servers in (1, 999, 2501, 149_999, 150_000, 1_000_001):
        assert servers / shards_of(servers, figures) <= figures.shard_limit


@pytest.mark.parametrize(
    "field", ["answers", "cores", "memory_gib", "rows", "store_gib", "quota", "shards", "processes"]
)
def test_more_servers_never_need_less(field: str) -> None:
    needs = [getattr(demand(10**power, Figures()), field) for power in range(7)]
    assert needs == sorted(needs)
    assert needs[0] < needs[-1]


@pytest.mark.parametrize("rate", ["answers_per_process", "event_core_seconds"])
def test_processes_follow_whatever_is_scarce(rate: str) -> None:
    figures = Figures()
    scarce = {"answers_per_process": 0.5, "event_core_seconds": 0.01}[rate]
    assert demand(100_000, replace(figures, **{rate: scarce})).processes > demand(100_000, figures).processes


def test_walls_are_in_order_and_just_fit() -> None:
    found = walls(Figures())
    assert [wall.servers for wall in found] == sorted(wall.servers for wall in found)
    for wall in found:
        assert wall.used(wall.servers) <= 1
        assert wall.used(wall.servers + 1) > 1


def test_the_walls_agree_with_the_demand() -> None:
    """At YouTube's and Discord's walls, what is needed is what there is."""
    figures = Figures()
    by_name = {wall.name: wall.servers for wall in walls(figures)}
    full = demand(by_name["YouTube: quota, if every training crawls"], figures)
    assert full.quota == pytest.approx(figures.quota, rel=1e-3)
    shared = demand(by_name["YouTube: quota, if crawls are shared"], figures)
    assert shared.shared_quota == pytest.approx(figures.quota, rel=1e-3)
    assert demand(by_name["Discord: requests per second"], figures).requests == pytest.approx(50, rel=1e-3)


def test_sharing_crawls_pays_and_more_quota_moves_the_wall() -> None:
    figures = Figures()
    assert shared_quota_per_server(replace(figures, distinct=0.1)) < shared_quota_per_server(figures)
    first, granted = (
        next(wall for wall in walls(it) if wall.name.startswith("YouTube")).servers
        for it in (figures, replace(figures, quota=10 * figures.quota))
    )
    assert granted == pytest.approx(10 * first, rel=1e-3)


def test_every_figure_has_a_source() -> None:
    found = list(sources(Figures()))
    assert [it.name for it in found] == [it.name for it in fields(Figures)]
    for it in found:
        assert it.meaning
        assert bool(it.source) == (it.kind is not Kind.ASSUMED)


def test_every_command_that_repeats_a_figure_exists() -> None:
    commands = {
        match.groups()
        for it in sources(Figures())
        if it.kind is Kind.MEASURED and (match := re.match(r"`\./scripts/(\w+) (\w+)", it.source))
    }
    code = {"benchmark": SCRIPTS / "benchmarks", "scale": SCRIPTS / "scaling"}
    assert commands
    for script, name in commands:
        source = (code[script] / "__main__.py").read_text(encoding="utf-8")
        assert f'"{name}"' in source


def test_figures_of_the_program_are_the_programs() -> None:
    figures = Figures()
    pool = inspect.signature(QueuePool).parameters
    assert figures.thumbnails == Settings.model_fields["thumbnails_per_channel"].default
    assert figures.versions == KEPT_MODELS
    assert figures.channels_per_unit == PER_UNIT
    assert figures.quota == Settings.model_fields["quota_per_day"].default
    # And the queue's pool of 4, and one that listens; a worker has two such pools more.
    assert figures.connections == pool["pool_size"].default + pool["max_overflow"].default + 4 + 1
    assert figures.worker_connections == figures.connections + 2 * 4


def test_the_page_is_up_to_date() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page == with_tables(page, Figures()), "run `./scripts/scale page`"
    assert all(f"<!-- {name} -->" in page for name in tables(Figures()))
    assert PICTURE.name in page
    assert PICTURE.is_file()


def test_the_page_names_only_settings_that_exist() -> None:
    named = set(re.findall(r"\b(?:THUMBPRINT|DISCORD|YOUTUBE)_[A-Z_]+\b", PAGE.read_text(encoding="utf-8")))
    assert named
    assert named <= {row.name for row in settings_table()}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (0.0000926, "< 0.01"),
        (0.926, "0.93"),
        (0.9985, "1"),
        (9.26, "9.3"),
        (92.6, "93"),
        (6451, "6,500"),
        (1e6, "1,000,000"),
    ],
)
def test_two_digits_count(value: float, text: str) -> None:
    assert rounded(value) == text


@pytest.mark.parametrize(("seconds", "text"), [(5, "5 s"), (119, "119 s"), (315, "5 min"), (9000, "2.5 h")])
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_the_command_prints_the_tables_and_draws_a_plot(tmp_path: Path) -> None:
    plot = tmp_path / "plots" / "scale.png"
    result = CliRunner().invoke(app, ["--plot", str(plot), "--set", "pictures_per_day=20"])
    assert result.exit_code == 0, result.output
    assert "27,000" in result.output.replace("\n", " ")  # ten times the pictures, a tenth of the servers
    assert plot.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("change", ["pictures=5", "peak=much", "peak=0", "peak"])
def test_the_command_refuses_what_is_no_figure(change: str, tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["--plot", str(tmp_path / "scale.png"), "--set", change])
    assert result.exit_code == 2


def test_the_gateways_cost_is_measured() -> None:
    cost = gateway.measure(servers=20, messages=50)
    assert cost.message_seconds > 0
    assert cost.server_mib > 0


def test_an_answers_size_is_measured() -> None:
    result = CliRunner().invoke(app, ["rows", "--count", "2000"])
    assert result.exit_code == 0, result.output
    assert 50 < float(result.output.split()[1]) < 500
