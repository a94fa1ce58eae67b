"""Fixtures that every test may use."""

import os
from pathlib import Path

import pytest

pytest_plugins = [
    "tests.browser_fixtures",
    "tests.database_fixtures",
    "tests.discord_fixtures",
    "tests.object_store",
    "tests.postgres_fixtures",
    "tests.youtube_fixtures",
]


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real pictures and recorded answers, which belong to others and are read where they lie."""
    folder = Path(os.environ.get("THUMBPRINT_DATA", Path(__file__).parents[2] / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no real data at {folder}; set THUMBPRINT_DATA to its folder")
    return folder
