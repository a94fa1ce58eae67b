"""Where YouTube is and how to ask it: read from the environment or `.env`."""

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class YouTubeSettings(BaseSettings):
    """The API key and the addresses of YouTube's services."""

    model_config = SettingsConfigDict(env_prefix="YOUTUBE_", env_file=".env", extra="ignore", frozen=True)

    api_key: SecretStr = Field(SecretStr(""), description="YouTube Data API v3 key, for crawling")
    api_url: str = Field("https://www.googleapis.com/youtube/v3/", description="YouTube Data API v3")
    pictures_url: str = Field("https://i.ytimg.com", description="host of the thumbnails")
    oembed_url: str = Field("https://www.youtube.com/oembed", description="oEmbed endpoint, needs no key")
