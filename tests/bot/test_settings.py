from pathlib import Path

import pytest
from pydantic import ValidationError
from yarl import URL

from bot.settings import DiscordSettings, Settings, settings_table
from classifier.settings import YouTubeSettings


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for row in settings_table():
        monkeypatch.delenv(row.name, raising=False)


def test_defaults_are_the_tutorials_channels_on_the_real_services() -> None:
    settings = Settings()
    assert settings.channels == ("@nerdologia", "@CanalPeixeBabel")
    assert settings.thumbnails_per_channel == 400
    assert settings.discord.api_url == "https://discord.com/api/v10"
    assert URL("https://i.ytimg.com") in settings.picture_origins
    assert settings.secrets == ()


def test_every_group_reads_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", "tok")
    monkeypatch.setenv("YOUTUBE_API_KEY", "key")
    monkeypatch.setenv("THUMBPRINT_CHANNELS", "@one, @two @three")
    monkeypatch.setenv("DISCORD_CDN_URLS", "http://127.0.0.1:8000/cdn")
    monkeypatch.setenv("YOUTUBE_THUMBNAILS_URL", "http://127.0.0.1:9000")
    settings = Settings()
    assert settings.secrets == ("tok", "key")
    assert settings.channels == ("@one", "@two", "@three")
    assert settings.picture_origins == {URL("http://127.0.0.1:8000"), URL("http://127.0.0.1:9000")}


def test_dot_env_is_read(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("DISCORD_TOKEN=from-file\nTHUMBPRINT_PREFIX=?\nYOUTUBE_API_KEY=k\nOTHER=1\n")
    settings = Settings()
    assert settings.discord.token.get_secret_value() == "from-file"
    assert settings.youtube.api_key.get_secret_value() == "k"
    assert settings.prefix == "?"


def test_an_empty_variable_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THUMBPRINT_THUMBNAILS_PER_CHANNEL", "")
    assert Settings().thumbnails_per_channel == 400


@pytest.mark.parametrize(
    ("group", "name"),
    [(DiscordSettings, "DISCORD_TOKEN"), (YouTubeSettings, "YOUTUBE_API_KEY"), (Settings, "THUMBPRINT_DATABASE_URL")],
)
def test_secrets_can_be_read_from_files(
    group: type[DiscordSettings | YouTubeSettings | Settings],
    name: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    (tmp_path / "secret").write_text("from-file\n")
    monkeypatch.setenv(f"{name}_FILE", str(tmp_path / "secret"))
    chosen = group()
    assert "from-file" not in repr(chosen)
    assert getattr(chosen, name.partition("_")[2].lower()).get_secret_value() == "from-file"
    monkeypatch.setenv(name, "from-environment")
    assert getattr(group(), name.partition("_")[2].lower()).get_secret_value() == "from-environment"


def test_a_missing_secret_file_is_named_by_its_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISCORD_TOKEN_FILE", "nowhere")
    with pytest.raises(ValidationError, match="DISCORD_TOKEN_FILE"):
        Settings()


def test_the_database_is_a_file_in_the_data_folder_or_the_url_that_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THUMBPRINT_DATA_DIR", "elsewhere")
    assert Settings().database == Path("elsewhere/thumbprint.db")
    url = "postgresql://bot:open%40sesame@host/name"
    monkeypatch.setenv("THUMBPRINT_DATABASE_URL", url)
    settings = Settings()
    assert settings.database == url
    assert settings.secrets == (url, "open%40sesame", "open@sesame")
    assert "sesame" not in repr(settings)


def test_the_table_names_every_setting_once() -> None:
    rows = {row.name: row for row in settings_table()}
    assert len(rows) == len(list(settings_table()))
    assert rows["THUMBPRINT_CHANNELS"].default == "@nerdologia @CanalPeixeBabel"
    assert rows["DISCORD_TOKEN"].default == rows["YOUTUBE_API_KEY"].default == ""
    assert all(row.meaning for row in rows.values())
