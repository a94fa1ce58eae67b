"""Prometheus' configuration and Grafana's board agree with the bot's metrics, and with each other."""

import json
import re
from collections.abc import Iterator
from typing import Any

import yaml

from bot.metrics import Outcome
from tests.scripts.test_deploy import ROOT, run

CLUSTER = ROOT / "scripts" / "deploy" / "cluster"
COMPOSE: dict[str, Any] = yaml.safe_load((CLUSTER / "compose.yaml").read_text(encoding="utf-8"))
BOARD: dict[str, Any] = json.loads((CLUSTER / "grafana/dashboards/thumbprint.json").read_text(encoding="utf-8"))


async def test_prometheus_accepts_its_configuration() -> None:
    status, output = await run("promtool", "check", "config", str(CLUSTER / "prometheus.yml"))
    assert status == 0, output


def test_grafana_finds_its_board_and_its_data() -> None:
    (provider,) = yaml.safe_load((CLUSTER / "grafana/provisioning/dashboards/thumbprint.yaml").read_text())["providers"]
    grafana = COMPOSE["services"]["grafana"]
    assert f"./grafana/dashboards:{provider['options']['path']}:ro" in grafana["volumes"]
    assert grafana["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"].startswith(provider["options"]["path"])
    (source,) = yaml.safe_load((CLUSTER / "grafana/provisioning/datasources/prometheus.yaml").read_text())[
        "datasources"
    ]
    assert source["uid"] == BOARD["templating"]["list"][0]["current"]["value"]
    assert source["url"] == "http://prometheus:9090"


def queries() -> Iterator[str]:
    """Every query of the board and of the alerts."""
    for panel in BOARD["panels"]:
        yield from (target["expr"] for target in panel.get("targets", []))
    for group in yaml.safe_load((CLUSTER / "alerts.yml").read_text(encoding="utf-8"))["groups"]:
        yield from (rule["expr"] for rule in group["rules"])


def test_every_metric_that_is_asked_for_exists() -> None:
    """A test holds that the table in docs/reliability.md names the metrics of the running bot."""
    page = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")
    kinds = dict(re.findall(r"^\| `(thumbprint_\w+)` \| (\w+) \|", page, re.MULTILINE))
    assert kinds
    known = {"up", "process_resident_memory_bytes", "process_cpu_seconds_total"}
    for name, kind in kinds.items():
        known |= {f"{name}_{part}" for part in ("bucket", "count", "sum")} if kind == "histogram" else {name}
    named = {name for query in queries() for name in re.findall(r"\b(?:thumbprint|process)_\w+|\bup\b", query)}
    assert named <= known


def test_every_outcome_that_is_asked_for_exists() -> None:
    named = {
        it for query in queries() for found in re.findall(r'outcome=~?"([^"]+)"', query) for it in found.split("|")
    }
    assert named
    assert named <= {*Outcome}


def test_panels_have_ids_of_their_own_and_do_not_overlap() -> None:
    ids = [panel["id"] for panel in BOARD["panels"]]
    assert len(ids) == len({*ids})
    taken: set[tuple[int, int]] = set()
    for panel in BOARD["panels"]:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert place["x"] + place["w"] <= 24
        assert not cells & taken
        taken |= cells
