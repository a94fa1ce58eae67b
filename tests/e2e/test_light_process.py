"""The running bot is light: whatever it does, with whatever network, machine learning stays in the child process."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HEAVY = ("torch", "torchvision", "sklearn", "scipy", "matplotlib")

_SCRIPT = """
import asyncio, json, sys
from pathlib import Path
from rich.console import Console
from bot.sandbox.samples import draw_samples
from bot.sandbox.stage import staged
from bot.settings import DiscordSettings, Settings
from classifier.settings import YouTubeSettings

async def main(home, network):
    samples = home / "samples"
    draw_samples(samples, per_channel=24)
    settings = Settings(
        _env_file=None, data_dir=home / "data", network=network, discord=DiscordSettings(_env_file=None),
        youtube=YouTubeSettings(_env_file=None),
    )
    async with staged(settings, Console(stderr=True), thumbnails=samples) as stage:
        discord = stage.discord
        file = stage.unseen[0][1]
        posted = await discord.post(discord.member, discord.general, files=[("new.jpg", file.read_bytes())])
        answer = await discord.answer_to(posted, within=60)
        why = next(item for row in answer.components for item in row["components"] if item["label"] == "Why?")
        pressed = await discord.press(discord.member, answer, why["custom_id"])
        explained = await discord.answer_to(pressed, within=60)
        asked = await discord.post(discord.admin, discord.general, "!retrain")
        progress = await discord.answer_to(asked, within=60)
        report = await discord.answer_to(progress, within=300)
        stats = await discord.post(discord.member, discord.general, "!stats")
        shown = await discord.answer_to(stats, within=60)
        asked = await discord.post(discord.member, discord.general, "!model")
        model = await discord.answer_to(asked, within=60)
    print(json.dumps({"answer": answer.embeds[0]["title"], "report": report.embeds[0]["title"],
                      "model": model.embeds[0]["footer"]["text"],
                      "stats": len(shown.attachments), "why": len(explained.attachments),
                      "modules": sorted(sys.modules)}))

asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
"""


@pytest.mark.parametrize("network", ["eye", "net"])
def test_the_bot_answers_explains_and_retrains_without_machine_learning(network: str, tmp_path: Path) -> None:
    result = subprocess.run(  # noqa: S603
        [sys.executable, "-c", _SCRIPT, str(tmp_path), network], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr[-3000:]
    done = json.loads(result.stdout.splitlines()[-1])
    assert done["answer"]
    assert done["model"].startswith(f"{network} · ")
    assert "live" in done["report"]
    assert (done["why"], done["stats"]) == (4 if network == "eye" else 3, 1)
    assert not set(HEAVY) & set(done["modules"])
