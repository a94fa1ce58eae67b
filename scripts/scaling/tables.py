"""The model's results as tables of text."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from rich.box import SIMPLE_HEAD
from rich.markdown import Markdown
from rich.table import Table as RichTable

from scripts.scaling.demand import Demand, demand, quota_per_server, shared_quota_per_server
from scripts.scaling.figures import Figures, Kind, sources
from scripts.scaling.walls import Wall, walls

STEPS: Final = (1, 100, 10_000, 100_000, 1_000_000)
"""Numbers of servers in the table."""

_WHAT_TO_DO: Final = {
    100: ("one process, SQLite: nothing to set", "Discord verifies bots, and has to approve *Message Content*"),
    10_000: ("the same, with two cores", "[YouTube's quota](#youtubes-quota)"),
    100_000: (
        "[several processes](#how-to-switch), PostgreSQL, an object store",
        "YouTube's quota; then [restarts](#discords-limits)",
    ),
    1_000_000: ("the same", "YouTube's quota; Discord's [requests per second](#discords-limits)"),
}
"""By the number of servers: what to run, and the walls on the way."""

_MARKED: Final = re.compile(r"(<!-- (\w+) -->\n)(.*?)(<!-- end -->)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Table:
    """A heading and lines of the same length; all columns but the first are numbers if `numbers`."""

    title: str
    heading: Sequence[str]
    lines: Sequence[Sequence[str]]
    numbers: bool = False

    def markdown(self) -> str:
        """The table as Markdown, without its title."""
        rule = ["---", *("---:" if self.numbers else "---" for _ in self.heading[1:])]
        return "".join(f"| {' | '.join(line)} |\n" for line in (self.heading, rule, *self.lines))

    def rich(self) -> RichTable:
        """The table for a terminal."""
        table = RichTable(title=self.title, box=SIMPLE_HEAD, title_justify="left")
        for number, name in enumerate(self.heading):
            table.add_column(name, justify="right" if self.numbers and number else "left")
        for line in self.lines:
            table.add_row(*(Markdown(cell) if "`" in cell else cell for cell in line))
        return table


def tables(figures: Figures) -> dict[str, Table]:
    """All tables by the name that marks their place on a page."""
    return {
        "steps": _steps(figures),
        "growth": _growth(figures),
        "walls": _walls(figures),
        "quota": _quota(figures),
        "figures": _figures(figures),
    }


def with_tables(page: str, figures: Figures) -> str:
    """A page with the tables in the places that it marks by `<!-- NAME -->` and `<!-- end -->`."""
    found = tables(figures)
    return _MARKED.sub(lambda match: f"{match[1]}{found[match[2]].markdown()}{match[4]}", page)


def rounded(value: float) -> str:
    """A number with two digits that count, such as 0.093, 9.3 or 93,000; below 0.01, only that it is so."""
    if 0 < value < 0.01:
        return "< 0.01"
    if value >= 10:
        return f"{float(f'{value:.1e}'):,.0f}"
    return f"{float(f'{value:.1e}'):g}"


def duration(seconds: float) -> str:
    """Some seconds, minutes or hours."""
    if seconds < 120:
        return f"{seconds:,.0f} s"
    return f"{seconds / 60:,.0f} min" if seconds < 7200 else f"{seconds / 3600:,.1f} h"


def _steps(figures: Figures) -> Table:
    lines = []
    for servers, (what, wall) in _WHAT_TO_DO.items():
        it = demand(servers, figures)
        count = "" if it.processes == 1 else f": {it.processes} processes, a spare, {it.workers} workers"
        cost = (
            f"{rounded(it.memory_gib)} GiB of memory, {rounded(it.store_gib)} GiB of disk; cores: {rounded(it.cores)}"
        )
        lines.append((f"up to {servers:,}", f"{what}{count}", cost, wall))
    return Table("Step by step", ("servers", "what to run", "what it costs", "walls on the way"), lines)


def _growth(figures: Figures) -> Table:
    found = [demand(step, figures) for step in STEPS]
    rows = (
        ("answers per second", lambda it: rounded(it.answers)),
        ("messages per second", lambda it: rounded(it.events)),
        ("requests to Discord per second", lambda it: rounded(it.requests)),
        ("shards", lambda it: f"{it.shards:,}"),
        ("processes that answer", lambda it: f"{it.processes:,}"),
        ("workers", _workers),
        ("processor cores", lambda it: rounded(it.cores)),
        ("memory, GiB", lambda it: rounded(it.memory_gib)),
        ("until all shards are connected", lambda it: duration(it.start_seconds)),
        ("connections to PostgreSQL, at most", lambda it: f"{it.connections:,}" if it.connections else "SQLite"),
        ("new answers in the database per year", lambda it: rounded(it.rows)),
        ("growth of the database per year, GiB", lambda it: rounded(it.database_gib)),
        ("models and thumbnails, GiB", lambda it: rounded(it.store_gib)),
        ("YouTube quota per day, every training crawls", lambda it: rounded(it.quota)),
        ("YouTube quota per day, crawls are shared", lambda it: rounded(it.shared_quota)),
    )
    lines = [(name, *(show(it) for it in found)) for name, show in rows]
    return Table("What so many servers need", ("servers", *(f"{step:,}" for step in STEPS)), lines, numbers=True)


def _workers(it: Demand) -> str:
    return f"{it.workers:,}" if it.workers else "in the process"


def _walls(figures: Figures) -> Table:
    return Table(
        "Walls, in the order in which they are met",
        ("servers", "wall", "what to do"),
        [(_number(wall), wall.name, wall.remedy) for wall in walls(figures)],
    )


def _number(wall: Wall) -> str:
    return rounded(wall.servers)


def _quota(figures: Figures) -> Table:
    """What moves YouTube's wall."""
    half, granted = figures.trainings_per_month / 2, 10 * figures.quota
    lines = [
        (what, rounded(changed.quota / per_server(changed)))
        for what, changed, per_server in (
            ("as it is", figures, quota_per_server),
            (
                "100 thumbnails per channel: `THUMBPRINT_THUMBNAILS_PER_CHANNEL=100`",
                replace(figures, crawl_units=3),
                quota_per_server,
            ),
            (
                "half as many trainings: fewer weekly ones, a longer `THUMBPRINT_RETRAIN_COOLDOWN`",
                replace(figures, trainings_per_month=half),
                quota_per_server,
            ),
            ("one crawl for all servers that list a channel, only for new videos", figures, shared_quota_per_server),
            (f"{granted:,.0f} units per day, granted by YouTube", replace(figures, quota=granted), quota_per_server),
            ("the last two together", replace(figures, quota=granted), shared_quota_per_server),
        )
    ]
    return Table("What moves YouTube's wall", ("what", "servers that fit"), lines, numbers=True)


def _figures(figures: Figures) -> Table:
    lines = [
        (f"`{it.name}`", f"{it.value:,g} {it.unit}".strip(), it.meaning, _origin(it.kind, it.source))
        for it in sources(figures)
    ]
    return Table("Figures", ("figure", "value", "meaning", "where it comes from"), lines)


def _origin(kind: Kind, source: str) -> str:
    return kind.value if kind is Kind.ASSUMED else f"{kind.value}: {source}"
