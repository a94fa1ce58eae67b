"""The files that deploy several processes agree with the program, and with Kubernetes' schemas."""

import json
import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import typer
import yaml
from pydantic_settings import BaseSettings

from bot.__main__ import CLOSING_SECONDS, EXIT_SECONDS, app
from bot.settings import Settings, settings_table
from scripts.scaling.figures import Figures
from tests.scripts.test_deploy import ROOT, run

DEPLOY = ROOT / "scripts" / "deploy"
CLUSTER = DEPLOY / "cluster"
KUBERNETES = DEPLOY / "kubernetes"
COMPOSE: dict[str, Any] = yaml.safe_load((CLUSTER / "compose.yaml").read_text(encoding="utf-8"))

CUSTOM = {"ScaledObject", "TriggerAuthentication"}
"""Kinds of KEDA's, of which Kubernetes has no schema."""
OURS = re.compile(r"^(THUMBPRINT|DISCORD|YOUTUBE)_")
MIB = {"Mi": 1, "Gi": 1024}


def manifests() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every manifest, with the name of its file."""
    for file in sorted(KUBERNETES.glob("*.yaml")):
        if file.name not in {"kustomization.yaml", "secret.yaml"}:
            for manifest in yaml.safe_load_all(file.read_text(encoding="utf-8")):
                yield file.name, manifest


def found(kind: str, name: str) -> dict[str, Any]:
    """The manifest of that kind and name."""
    (manifest,) = (it for _, it in manifests() if (it["kind"], it["metadata"]["name"]) == (kind, name))
    return manifest


def pod(kind: str, name: str) -> dict[str, Any]:
    """The specification of the pods of a workload."""
    return dict(found(kind, name)["spec"]["template"]["spec"])


PODS = (("StatefulSet", "bot"), ("Deployment", "worker"))


@pytest.mark.parametrize("version", ["1.31", "1.34", kubernetes_validate.latest_version()])
def test_kubernetes_schemas_accept_the_manifests(version: str) -> None:
    for _, manifest in manifests():
        if manifest["kind"] not in CUSTOM:
            kubernetes_validate.validate(manifest, version, strict=True)


def test_the_schemas_would_refuse_a_mistake() -> None:
    manifest = found("StatefulSet", "bot")
    manifest["spec"]["template"]["spec"]["containers"][0]["livenesProbe"] = {}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(manifest, "1.34", strict=True)


def test_kustomize_has_all_manifests_but_the_secret() -> None:
    listed = yaml.safe_load((KUBERNETES / "kustomization.yaml").read_text(encoding="utf-8"))["resources"]
    assert {*listed} == {name for name, _ in manifests()} - {"secret.example.yaml"}


async def test_kustomize_builds_them() -> None:
    status, output = await run("kubectl", "kustomize", str(KUBERNETES))
    assert status == 0, output
    built = list(yaml.safe_load_all(output))
    assert {it["metadata"].get("namespace", "thumbprint") for it in built} == {"thumbprint"}
    images = {it["image"] for kind, name in PODS for it in _built(built, kind, name)["containers"]}
    assert images == {"ghcr.io/example/thumbprint:0.2.0-cluster"}


def _built(built: list[dict[str, Any]], kind: str, name: str) -> dict[str, Any]:
    (manifest,) = (it for it in built if (it["kind"], it["metadata"]["name"]) == (kind, name))
    return dict(manifest["spec"]["template"]["spec"])


def environments() -> Iterator[tuple[str, Mapping[str, str]]]:
    """Every set of environment variables of ours in the files, with all that a process gets."""
    for name in ("bot", "worker"):
        yield f"compose: {name}", COMPOSE["services"][name]["environment"]
    settings = {**found("ConfigMap", "thumbprint")["data"], **found("Secret", "thumbprint")["stringData"]}
    for kind, name in PODS:
        (container,) = pod(kind, name)["containers"]
        own = {it["name"]: it["value"] for it in container.get("env", [])}
        yield f"kubernetes: {name}", settings | own


ENVIRONMENTS = dict(environments())


@pytest.mark.parametrize("place", ENVIRONMENTS)
def test_every_setting_exists_and_has_an_accepted_value(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    known = {row.name for row in settings_table()}
    ours = {name: str(value) for name, value in ENVIRONMENTS[place].items() if OURS.match(name)}
    assert {*ours} <= known
    for name in known:
        monkeypatch.delenv(name, raising=False)
    for name, value in ours.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setitem(Settings.model_config, "env_file", None)
    settings: BaseSettings = Settings()
    for name, value in ours.items():
        if name.startswith("THUMBPRINT_") and not name.endswith("DATABASE_URL"):
            assert str(getattr(settings, name.removeprefix("THUMBPRINT_").lower())) == value


@pytest.mark.parametrize("place", ENVIRONMENTS)
def test_all_processes_share_what_they_must_share(place: str) -> None:
    shared = {"THUMBPRINT_DATABASE_URL", "THUMBPRINT_ARTIFACTS_URL", "THUMBPRINT_JOBS", "THUMBPRINT_METRICS_HOST"}
    assert shared <= {*ENVIRONMENTS[place]}
    assert ENVIRONMENTS[place]["THUMBPRINT_JOBS"] == "queue"
    assert ("THUMBPRINT_SHARDS_PER_PROCESS" in ENVIRONMENTS[place]) == place.endswith("bot")


def test_the_commands_exist() -> None:
    commands = {*typer.main.get_command(app).commands}  # type: ignore[attr-defined]  # it is a group
    named = {argument for kind, name in PODS for argument in pod(kind, name)["containers"][0]["args"]}
    named |= {*COMPOSE["services"]["worker"]["command"]}
    assert named == {"run", "work"}
    assert named <= commands


def test_the_image_exists() -> None:
    stages = re.findall(r"^FROM \S+ AS (\S+)$", (ROOT / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)
    assert {COMPOSE["services"][name]["build"]["target"] for name in ("bot", "worker")} == {"cluster"}
    assert "cluster" in stages
    assert stages[-1] == "bot"  # what is built if no target is named
    assert (ROOT / "requirements-cluster.lock").is_file(), "run `./scripts/lock`"


def test_probes_ask_what_the_bot_serves() -> None:
    served = set(re.findall(r'add_get\("(/\w+)"', (ROOT / "bot" / "health.py").read_text(encoding="utf-8")))
    port = Settings.model_fields["metrics_port"].default
    for kind, name in PODS:
        (container,) = pod(kind, name)["containers"]
        assert [it["containerPort"] for it in container["ports"]] == [port]
        probes = {key: it["httpGet"] for key, it in container.items() if key.endswith("Probe")}
        assert {it["path"] for it in probes.values()} <= served
        assert probes["livenessProbe"]["path"] == "/healthz"
        annotations = found(kind, name)["spec"]["template"]["metadata"]["annotations"]
        assert annotations["prometheus.io/port"] == str(port)
    (scraped,) = yaml.safe_load((CLUSTER / "prometheus.yml").read_text(encoding="utf-8"))["scrape_configs"]
    assert scraped["dns_sd_configs"] == [{"names": ["bot", "worker"], "type": "A", "port": port}]


def test_compose_checks_the_health_as_the_image_does() -> None:
    (command,) = re.findall(r"^HEALTHCHECK .* CMD (\[.*\])$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    for name in ("bot", "worker"):
        assert COMPOSE["services"][name]["healthcheck"]["test"] == ["CMD", *json.loads(command)]


def test_nothing_is_killed_while_it_stops() -> None:
    for kind, name in PODS:
        assert pod(kind, name)["terminationGracePeriodSeconds"] > max(CLOSING_SECONDS, EXIT_SECONDS)
        assert int(COMPOSE["services"][name]["stop_grace_period"].removesuffix("s")) > max(
            CLOSING_SECONDS, EXIT_SECONDS
        )


def test_limits_of_memory_are_enough_for_a_full_group() -> None:
    """Even if every shard has as many servers as Discord allows."""
    figures = Figures()

    def limit(kind: str, name: str) -> float:
        text = pod(kind, name)["containers"][0]["resources"]["limits"]["memory"]
        return float(text[:-2]) * MIB[text[-2:]]

    servers = figures.shards_per_process * figures.shard_limit
    assert limit("StatefulSet", "bot") >= figures.process_mib + servers * figures.server_mib
    assert limit("Deployment", "worker") >= figures.process_mib + figures.training_mib


def test_selectors_find_the_pods() -> None:
    for kind, name in PODS:
        spec = found(kind, name)["spec"]
        labels = spec["template"]["metadata"]["labels"]
        assert spec["selector"]["matchLabels"] == labels
    labels = found("StatefulSet", "bot")["spec"]["template"]["metadata"]["labels"]
    assert found("PodDisruptionBudget", "bot")["spec"]["selector"]["matchLabels"] == labels
    assert found("Service", "bot")["spec"]["selector"] == labels
    assert found("StatefulSet", "bot")["spec"]["serviceName"] == "bot"


def test_the_autoscaler_counts_the_queue() -> None:
    """What KEDA refers to exists; its kinds have no schema here."""
    queue = pytest.importorskip("pgqueuer.adapters.persistence.qb")
    scaled = found("ScaledObject", "worker")["spec"]
    assert found("Deployment", scaled["scaleTargetRef"]["name"])
    assert "replicas" not in found("Deployment", "worker")["spec"]  # or every apply would undo the autoscaler
    assert 1 <= scaled["minReplicaCount"] <= scaled["fallback"]["replicas"] <= scaled["maxReplicaCount"]
    (trigger,) = scaled["triggers"]
    assert f" FROM {queue.DBSettings().queue_table} " in trigger["metadata"]["query"]
    authentication = found("TriggerAuthentication", trigger["authenticationRef"]["name"])
    (reference,) = authentication["spec"]["secretTargetRef"]
    assert reference["key"] in found("Secret", reference["name"])["stringData"]


def test_every_pod_is_restricted() -> None:
    """As the namespace demands, and with a file system that is read only."""
    for kind, name in PODS:
        spec = pod(kind, name)
        (container,) = spec["containers"]
        assert spec["securityContext"]["runAsNonRoot"]
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert {it["name"] for it in container["volumeMounts"]} == {"data", "tmp"}


def test_compose_mounts_what_is_there() -> None:
    declared = {*COMPOSE["volumes"]}
    for service in COMPOSE["services"].values():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert (CLUSTER / source).exists() if source.startswith(".") else source in declared
        assert {*service.get("depends_on", {})} <= {*COMPOSE["services"]}
    assert (CLUSTER / COMPOSE["services"]["bot"]["build"]["context"] / "Dockerfile").is_file()


def test_only_grafana_can_be_reached_and_only_from_this_machine() -> None:
    published = {name: it["ports"] for name, it in COMPOSE["services"].items() if "ports" in it}
    assert published == {"grafana": ["127.0.0.1:3000:3000"]}


async def test_docker_accepts_the_compose_file(tmp_path: Path) -> None:
    if (await run("docker", "compose", "version"))[0]:
        pytest.skip("docker compose is not installed")
    shutil.copytree(DEPLOY, tmp_path / "scripts" / "deploy")
    secrets = "".join(f"{name}_PASSWORD=x\n" for name in ("POSTGRES", "STORE", "GRAFANA"))
    environment = tmp_path / ".env"
    environment.write_text(f"DISCORD_TOKEN=x\n{secrets}")
    file = tmp_path / "scripts/deploy/cluster/compose.yaml"
    options = ("--env-file", str(environment), "--file", str(file))
    assert await run("docker", "compose", *options, "config", "--quiet") == (0, "")
