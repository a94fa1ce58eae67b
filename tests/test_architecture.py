"""The import rules of pyproject.toml hold, and a module that breaks them, or is on no list, makes the check fail."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.test_light_process import HEAVY

ROOT = Path(__file__).parents[1]
LINT_IMPORTS = Path(sys.executable).with_name("lint-imports")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the code and its rules; tests remove what they add."""
    folder = tmp_path_factory.mktemp("project")
    for package in ("bot", "classifier"):
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def check(project: Path) -> subprocess.CompletedProcess[str]:
    """Run the import linter."""
    return subprocess.run([LINT_IMPORTS, "--no-cache"], cwd=project, capture_output=True, text=True, check=False)  # noqa: S603


def test_the_code_keeps_the_rules(project: Path) -> None:
    result = check(project)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(
    ("intruder", "content", "importer", "broken"),
    [
        ("classifier/intruder.py", "import torch", "bot/intake.py", "classifier: layers"),
        ("classifier/intruder/__init__.py", "", None, "classifier: layers"),
        ("classifier/drawing/intruder.py", "import sklearn", "bot/intake.py", "only networks, models and training"),
        (
            "classifier/models/intruder.py",
            "def fit():\n    import torch",
            None,
            "only networks and training need PyTorch",
        ),
        ("classifier/serving/intruder.py", "import classifier.networks.net", None, "only networks and training need"),
        ("classifier/networks/intruder.py", "import classifier.training", None, "classifier: layers"),
        ("classifier/values_intruder.py", "import bot.limits", None, "classifier knows nothing of Discord"),
        ("bot/intruder.py", "", "bot/intake.py", "bot: layers"),
        ("bot/replies/intruder.py", "def draw():\n    import torch", None, "bot imports no machine learning"),
        *(
            ("classifier/networks/intruder.py", f"def run():\n    import {heavy}", importer, "bot imports no machine")
            for heavy, importer in (
                ("torch", "classifier/networks/exported.py"),
                ("classifier.networks.network", "classifier/networks/exported.py"),
                ("torchvision", "classifier/networks/outputs.py"),
                ("sklearn", "classifier/networks/eye.py"),
                ("scipy", "classifier/networks/session.py"),
                ("matplotlib", "classifier/networks/exported.py"),
            )
        ),
        ("bot/replies/intruder.py", "def draw():\n    import matplotlib", None, "need matplotlib"),
        ("bot/replies/intruder.py", "from classifier.networks import net", None, "bot imports only the interface"),
        ("bot/cogs/intruder.py", "import bot.cogs.help", None, "no cog knows another"),
        ("bot/sandbox/intruder.py", "", None, "bot.sandbox: layers"),
        ("bot/sandbox/discord/intruder.py", "import bot.limits", None, "know nothing of the bot"),
    ],
)
def test_an_intruder_is_found(project: Path, intruder: str, content: str, importer: str | None, broken: str) -> None:
    added = project / intruder
    created = [added, *(folder for folder in added.parents if not folder.exists())]
    added.parent.mkdir(exist_ok=True)
    added.write_text(f"{content}\n")
    before = (project / importer).read_text() if importer else ""
    try:
        if importer:
            module = intruder.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
            (project / importer).write_text(f"{before}\nimport {module}\n")
        result = check(project)
    finally:
        for path in created:
            path.unlink() if path.is_file() else path.rmdir()
        if importer:
            (project / importer).write_text(before)
    assert result.returncode == 1, result.stdout
    assert any(broken in line and "BROKEN" in line for line in result.stdout.splitlines()), result.stdout


def contract(name: str) -> dict[str, Any]:
    """The contract of pyproject.toml whose name begins with this."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    (found,) = (it for it in contracts if it["name"].startswith(name))
    return dict(found)


def test_the_rules_about_machine_learning_have_no_gap() -> None:
    """They name every module that is not itself allowed to need it, and every import that they leave out."""
    modules = {f"classifier.{path.stem}" for path in (ROOT / "classifier").iterdir() if path.stem[0] != "_"}
    pytorch, learning = (contract(f"only networks{rest}")["source_modules"] for rest in (" and training", ", models"))
    assert set(pytorch) == modules - {"classifier.networks", "classifier.training", "classifier.verbs"}
    assert set(learning) == set(pytorch) - {"classifier.engine", "classifier.models", "classifier.serving"}
    bot = contract("bot imports no machine learning")
    assert set(bot["forbidden_modules"]) == set(HEAVY)
    assert not any("torch" in ignored for ignored in bot["ignore_imports"])


def test_the_sandboxs_fence_has_no_gap() -> None:
    fence = contract("the sandbox's servers")
    modules = {f"bot.{path.stem}" for path in (ROOT / "bot").iterdir() if not path.name.startswith("__init__")}
    packages = {f"bot.sandbox.{path.stem}" for path in (ROOT / "bot" / "sandbox").iterdir() if path.stem[0] != "_"}
    outside = {"bot.sandbox", "bot.locale", "bot.__pycache__"}
    assert set(fence["forbidden_modules"]) == (modules | {"bot.sandbox.stage"}) - outside
    assert set(fence["source_modules"]) == packages - {"bot.sandbox.stage"}
