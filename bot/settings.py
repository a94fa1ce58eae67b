"""Every setting of the bot, read from the environment or `.env`: name, default, unit and meaning."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, Self
from urllib.parse import unquote

from pydantic import BeforeValidator, Field, SecretStr, model_validator
from pydantic_settings import NoDecode, SettingsConfigDict
from yarl import URL

from classifier.settings import DEFAULT_FEATURE_BYTES, DEFAULT_NETWORK, SecretFiles, YouTubeSettings


def _words(value: Any) -> Any:  # noqa: ANN401 - pydantic passes whatever it gets
    return value.replace(",", " ").split() if isinstance(value, str) else value


_PASSWORD = re.compile(r"://[^/:@]*:(.*)@")

Words = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_words)]


class DiscordSettings(SecretFiles):
    """The bot's token and the addresses of Discord's services."""

    model_config = SettingsConfigDict(
        env_prefix="DISCORD_", env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True
    )

    token: SecretStr = Field(default=SecretStr(""), description="the bot's token; without one, the sandbox runs")
    token_file: Path | None = Field(default=None, description="read the token from this file instead")
    api_url: str = Field(default="https://discord.com/api/v10", description="URL of Discord's REST API")
    gateway_url: str = Field(default="wss://gateway.discord.gg/", description="URL of Discord's gateway")
    cdn_urls: Words = Field(
        default=(
            "https://cdn.discordapp.com",
            "https://media.discordapp.net",
            "https://images-ext-1.discordapp.net",
            "https://images-ext-2.discordapp.net",
        ),
        description="hosts from which attachments and embedded pictures can be fetched",
    )


class Settings(SecretFiles):
    """All settings, with those of Discord and YouTube as groups."""

    model_config = SettingsConfigDict(
        env_prefix="THUMBPRINT_", env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True
    )

    discord: DiscordSettings = Field(default_factory=DiscordSettings)
    youtube: YouTubeSettings = Field(default_factory=YouTubeSettings)

    data_dir: Path = Field(default=Path("data"), description="folder for thumbnails, models and the database")
    database_url: SecretStr = Field(
        default=SecretStr(""),
        description="URL of a PostgreSQL database, postgresql://user:password@host/database; by default, the SQLite "
        "file `thumbprint.db` in the data folder",
    )
    database_url_file: Path | None = Field(default=None, description="read the database URL from this file instead")
    artifacts_url: str = Field(
        default="",
        description="URL of an object store for models that several machines serve, s3://bucket/prefix, "
        "gs://bucket/prefix or az://account/container/prefix, or of a folder that they share, file:///folder",
    )
    jobs: Literal["local", "queue"] = Field(
        default="local",
        description="where trainings run: `local`, in this process, or `queue`, in workers (`python -m bot work`), "
        "which needs PostgreSQL",
    )
    job_lease: float = Field(
        default=30,
        ge=2,
        description="time after which another worker takes over the training of one that nothing is heard of, in "
        "seconds",
    )
    channels: Words = Field(
        default=("@nerdologia", "@CanalPeixeBabel"),
        description="default list of channels: handles, ids or links; at least two",
    )
    thumbnails_per_channel: int = Field(default=400, ge=10, description="thumbnails to download per channel")
    feature_bytes: int = Field(
        default=DEFAULT_FEATURE_BYTES,
        ge=0,
        description="size limit for the cached features of thumbnails, in bytes, 25 KB each; the least recently used "
        "ones are deleted, and computed again when a training needs them",
    )
    retrain_cooldown: float = Field(
        default=600, ge=0, description="time after a training before a server's admins can start another, in seconds"
    )
    quota_per_server: int = Field(
        default=1000,
        ge=1,
        description="units of YouTube's quota that each server can use per day",
    )
    quota_per_day: int = Field(
        default=10_000,
        ge=1,
        description="units of YouTube's quota that all servers together can use per day: what YouTube gives the key",
    )
    network: str = Field(
        default=DEFAULT_NETWORK,
        description="network to train: `eye` is the most accurate; to train others, PyTorch is needed",
    )
    shards: int = Field(
        default=0, ge=0, description="number of shards of the whole bot; 0 for as many as Discord recommends"
    )
    shards_per_process: int = Field(
        default=0,
        ge=0,
        le=16,
        description="shards that one process serves, if several serve the bot; 0: one process serves all; needs "
        "PostgreSQL, and a data folder for each process",
    )
    takeover_seconds: float = Field(
        default=15,
        ge=2,
        description="time after which another process can serve the shards of one that died, in seconds; if the "
        "database is away for longer, all of these processes end",
    )
    prefix: str = Field(default="!", min_length=1, description="prefix of text commands; mentioning the bot works too")
    message_content: bool = Field(
        default=True, description="use the Message Content intent; without it, posted pictures are not seen"
    )
    feedback_per_day: int = Field(default=50, ge=0, description="feedback limit per person per day")
    picture_bytes: int = Field(default=10 * 2**20, gt=0, description="size limit for pictures, in bytes")
    picture_pixels: int = Field(default=25_000_000, gt=0, description="size limit for pictures, in pixels")
    picture_timeout: float = Field(default=10, gt=0, description="timeout for fetching a picture, in seconds")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(default="INFO", description="minimum log level")
    log_format: Literal["text", "json"] = Field(
        default="text", description="format of the log: `text`, or `json` with one object per line"
    )
    metrics_host: str = Field(
        default="127.0.0.1",
        description="address at which health and metrics are served over HTTP; `0.0.0.0` for all addresses",
    )
    metrics_port: int = Field(default=9464, ge=0, le=65535, description="port of health and metrics; 0 turns them off")

    @model_validator(mode="after")
    def _check_cluster(self) -> Self:
        """Processes that share something need what all can reach."""
        shared = self.database_url.get_secret_value().startswith("postgres")
        if self.shards_per_process and not shared:
            raise ValueError("THUMBPRINT_SHARDS_PER_PROCESS needs a PostgreSQL database in THUMBPRINT_DATABASE_URL")
        if self.jobs == "queue" and not shared:
            raise ValueError("THUMBPRINT_JOBS=queue needs a PostgreSQL database in THUMBPRINT_DATABASE_URL")
        if self.jobs == "queue" and not self.artifacts_url:
            raise ValueError("THUMBPRINT_JOBS=queue needs THUMBPRINT_ARTIFACTS_URL, where all find the models")
        return self

    @property
    def picture_origins(self) -> frozenset[URL]:
        """Scheme, host and port of every place from which pictures can be fetched."""
        return frozenset(URL(url).origin() for url in (*self.discord.cdn_urls, self.youtube.thumbnails_url))

    @property
    def database(self) -> str | Path:
        """The database: a URL, which may contain a password, or the path of an SQLite file."""
        return self.database_url.get_secret_value() or self.data_dir / "thumbprint.db"

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must never appear in a log."""
        held = [secret.get_secret_value() for secret in (self.discord.token, self.youtube.api_key, self.database_url)]
        if password := _PASSWORD.search(self.database_url.get_secret_value()):
            held += [password[1], unquote(password[1])]
        return tuple(dict.fromkeys(secret for secret in held if secret))


class SettingRow(NamedTuple):
    """One row of the settings table in the docs."""

    name: str
    default: str
    meaning: str


def settings_table() -> Iterator[SettingRow]:
    """Every setting, by its name in the environment."""
    for group in (DiscordSettings, YouTubeSettings, Settings):
        for name, field in group.model_fields.items():
            if field.default_factory is None:
                default = " ".join(field.default) if isinstance(field.default, tuple) else str(field.default or "")
                yield SettingRow(f"{group.model_config['env_prefix']}{name}".upper(), default, field.description or "")
