"""The files for deployment agree with the program."""

import asyncio
import re
import shutil
import sys
from pathlib import Path

import pytest

from bot.__main__ import Exit

ROOT = Path(__file__).parents[2]
UNIT = (ROOT / "scripts/deploy/thumbprint.service").read_text(encoding="utf-8")
COMPOSE = (ROOT / "scripts/deploy/compose.yaml").read_text(encoding="utf-8")


async def run(program: str, *arguments: str) -> tuple[int, str]:
    """The exit status of a program, and what it says; the test is skipped if it is not installed."""
    path = shutil.which(program)
    if path is None:
        pytest.skip(f"{program} is not installed")
    process = await asyncio.create_subprocess_exec(
        *(path, *arguments), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    output, _ = await process.communicate()
    return process.returncode or 0, output.decode()


def test_the_service_is_not_restarted_where_a_person_is_needed() -> None:
    (statuses,) = re.findall(r"^RestartPreventExitStatus=(.*)$", UNIT, re.MULTILINE)
    assert {int(status) for status in statuses.split()} == {Exit.NO_INTENT, Exit.REFUSED_TOKEN, Exit.SETTINGS}


async def test_systemd_accepts_the_service(tmp_path: Path) -> None:
    unit = tmp_path / "thumbprint.service"
    unit.write_text(UNIT.replace("/opt/thumbprint/.venv/bin/python", sys.executable))
    assert await run("systemd-analyze", "verify", str(unit)) == (0, "")


def test_compose_checks_the_health_as_the_image_does() -> None:
    (command,) = re.findall(r"^HEALTHCHECK .* CMD \[(.*)\]$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert f'test: ["CMD", {command}]' in COMPOSE


async def test_docker_accepts_the_compose_file(tmp_path: Path) -> None:
    if (await run("docker", "compose", "version"))[0]:
        pytest.skip("docker compose is not installed")
    file = tmp_path / "scripts" / "deploy" / "compose.yaml"
    file.parent.mkdir(parents=True)
    file.write_text(COMPOSE)
    (tmp_path / ".env").write_text("DISCORD_TOKEN=x\n")
    assert await run("docker", "compose", "--file", str(file), "config", "--quiet") == (0, "")
