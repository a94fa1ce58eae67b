"""Settings of the classifier, read from the environment or `.env`."""

from pathlib import Path
from typing import Any, Final

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

EYE: Final = "eye"
"""The name of the eye, with a head, among the networks."""
DEFAULT_NETWORK: Final = EYE
"""The network that is trained unless another one is chosen."""
DEFAULT_FEATURE_BYTES: Final = 2**30
"""Size limit of the features that are kept: those of 42,000 thumbnails."""


class SecretFiles(BaseSettings):
    """Settings whose secrets may be read from files: `x_file` is the path of the file with `x`."""

    @model_validator(mode="before")
    @classmethod
    def _read_files(cls, values: dict[str, Any]) -> dict[str, Any]:
        for name in [name for name in cls.model_fields if f"{name}_file" in values and not values.get(name)]:
            try:
                values = {**values, name: Path(values[f"{name}_file"]).read_text().strip()}
            except (OSError, UnicodeDecodeError) as error:
                variable = f"{cls.model_config['env_prefix']}{name}_file".upper()
                raise ValueError(f"the file {variable} can't be read") from error
        return values


class YouTubeSettings(SecretFiles):
    """The API key and the addresses of YouTube's services."""

    model_config = SettingsConfigDict(
        env_prefix="YOUTUBE_", env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True
    )

    api_key: SecretStr = Field(default=SecretStr(""), description="YouTube Data API v3 key, needed for crawling")
    api_key_file: Path | None = Field(default=None, description="read the key from this file instead")
    api_url: str = Field(default="https://www.googleapis.com/youtube/v3/", description="URL of the YouTube Data API v3")
    thumbnails_url: str = Field(default="https://i.ytimg.com", description="URL of YouTube's thumbnail host")
    oembed_url: str = Field(
        default="https://www.youtube.com/oembed", description="URL of YouTube's oEmbed endpoint, which needs no key"
    )

    def environment(self) -> dict[str, str]:
        """These settings as environment variables, for a child process."""
        return {
            "YOUTUBE_API_KEY": self.api_key.get_secret_value(),
            "YOUTUBE_API_URL": self.api_url,
            "YOUTUBE_THUMBNAILS_URL": self.thumbnails_url,
            "YOUTUBE_OEMBED_URL": self.oembed_url,
        }
