"""Fixtures for drawing."""

from collections.abc import Iterator

import pytest
from PIL import features

from classifier.drawing import fonts, names, typesetting

CACHES = (fonts.can_shape, fonts._first, typesetting.length, typesetting.cut, typesetting.shape, names._look_alike)


@pytest.fixture
def unshaped(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine without libraqm or FriBiDi."""
    monkeypatch.setattr(features, "check", lambda _: False)
    for cached in CACHES:
        cached.cache_clear()
    yield
    for cached in CACHES:
        cached.cache_clear()
