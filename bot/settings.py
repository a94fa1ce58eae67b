"""Every setting of the bot, read from the environment or `.env`: its name, default, unit and meaning."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple
from urllib.parse import unquote

from pydantic import BeforeValidator, Field, SecretStr
from pydantic_settings import NoDecode, SettingsConfigDict
from yarl import URL

from classifier.settings import SecretFiles, YouTubeSettings


def _words(value: Any) -> Any:  # noqa: ANN401 - pydantic hands over whatever it was given
    return value.replace(",", " ").split() if isinstance(value, str) else value


_PASSWORD = re.compile(r"://[^/:@]*:(.*)@")

Words = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_words)]


class DiscordSettings(SecretFiles):
    """The bot's token and the addresses of Discord's services."""

    model_config = SettingsConfigDict(
        env_prefix="DISCORD_", env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True
    )

    token: SecretStr = Field(default=SecretStr(""), description="the bot's token; without one the sandbox runs")
    token_file: Path | None = Field(default=None, description="a file that holds the token instead")
    api_url: str = Field(default="https://discord.com/api/v10", description="Discord's REST API")
    gateway_url: str = Field(default="wss://gateway.discord.gg/", description="Discord's gateway")
    cdn_urls: Words = Field(
        default=(
            "https://cdn.discordapp.com",
            "https://media.discordapp.net",
            "https://images-ext-1.discordapp.net",
            "https://images-ext-2.discordapp.net",
        ),
        description="the only hosts that attachments and embedded pictures are fetched from",
    )


class Settings(SecretFiles):
    """All settings; those of Discord and YouTube are groups of their own."""

    model_config = SettingsConfigDict(
        env_prefix="THUMBPRINT_", env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True
    )

    discord: DiscordSettings = Field(default_factory=DiscordSettings)
    youtube: YouTubeSettings = Field(default_factory=YouTubeSettings)

    data_dir: Path = Field(default=Path("data"), description="folder of crawled thumbnails and trained models")
    database_url: SecretStr = Field(
        default=SecretStr(""),
        description="PostgreSQL, as postgresql://user:password@host/database; by default SQLite's `thumbprint.db` in "
        "the data folder",
    )
    database_url_file: Path | None = Field(default=None, description="a file that holds that URL instead")
    channels: Words = Field(
        default=("@nerdologia", "@CanalPeixeBabel"),
        description="channels to learn: handles, ids or links; at least two",
    )
    thumbnails_per_channel: int = Field(default=400, ge=10, description="thumbnails to crawl of each channel")
    network: str = Field(
        default="lite",
        description="what learns: `lite`, or `residual`, `kernel` and `net`, which are quicker and worse",
    )
    models_in_memory: int = Field(
        default=4, ge=1, description="models kept in memory at most; the least recently used are let go"
    )
    prefix: str = Field(
        default="!", min_length=1, description="what a text command starts with; a mention of the bot works too"
    )
    message_content: bool = Field(
        default=True, description="ask Discord for the message-content intent; without it posted pictures are not seen"
    )
    feedback_per_day: int = Field(default=50, ge=0, description="answers that one person may judge a day")
    picture_bytes: int = Field(default=10 * 2**20, gt=0, description="largest picture that is fetched, in bytes")
    picture_pixels: int = Field(default=25_000_000, gt=0, description="largest picture that is fetched, in pixels")
    picture_timeout: float = Field(
        default=10, gt=0, description="longest time that fetching a picture may take, in seconds"
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="least grave log line shown"
    )

    @property
    def picture_origins(self) -> frozenset[URL]:
        """Scheme, host and port of every place that pictures may be fetched from."""
        return frozenset(URL(url).origin() for url in (*self.discord.cdn_urls, self.youtube.thumbnails_url))

    @property
    def database(self) -> str | Path:
        """Where the bot's memory is: a URL, which may hold a password, or the path of an SQLite file."""
        return self.database_url.get_secret_value() or self.data_dir / "thumbprint.db"

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must never be seen in a log."""
        held = [secret.get_secret_value() for secret in (self.discord.token, self.youtube.api_key, self.database_url)]
        if password := _PASSWORD.search(self.database_url.get_secret_value()):
            held += [password[1], unquote(password[1])]
        return tuple(dict.fromkeys(secret for secret in held if secret))


class SettingRow(NamedTuple):
    """One line of the README's settings table."""

    name: str
    default: str
    meaning: str


def settings_table() -> Iterator[SettingRow]:
    """Every setting as the environment names it."""
    for group in (DiscordSettings, YouTubeSettings, Settings):
        for name, field in group.model_fields.items():
            if field.default_factory is None:
                default = " ".join(field.default) if isinstance(field.default, tuple) else str(field.default or "")
                yield SettingRow(f"{group.model_config['env_prefix']}{name}".upper(), default, field.description or "")
