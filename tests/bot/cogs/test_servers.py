"""How people say how sure is sure enough."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cogs.servers import ThresholdError, share_of


@given(st.integers(1, 99), st.sampled_from(["{}", "{}%", "{} %", " {}  % "]))
def test_per_cent_become_shares(number: int, form: str) -> None:
    assert share_of(form.format(number)) == number / 100


@pytest.mark.parametrize("text", ["auto", " AUTO "])
def test_auto_is_the_models_own(text: str) -> None:
    assert share_of(text) is None


@given(st.text(max_size=12))
def test_any_text_is_a_share_or_refused(text: str) -> None:
    with suppress(ThresholdError):
        share = share_of(text)
        assert share is None or 0.01 <= share <= 0.99


@pytest.mark.parametrize("text", ["", "0", "100", "-5", "0.8", "eighty", "80 80"])
def test_what_is_no_per_cent_is_refused(text: str) -> None:
    with pytest.raises(ThresholdError):
        share_of(text)
