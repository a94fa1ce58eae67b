"""The OpenAPI checker itself: it must find errors."""

from pathlib import Path

import pytest

from bot.sandbox.discord import Exchange
from tests.openapi import OpenApiChecker

HEADERS = {
    "X-RateLimit-Limit": "5",
    "X-RateLimit-Remaining": "4",
    "X-RateLimit-Reset": "1.5",
    "X-RateLimit-Reset-After": "0.5",
    "X-RateLimit-Bucket": "a",
}


@pytest.fixture(scope="session")
def checker(shared_data: Path) -> OpenApiChecker:
    return OpenApiChecker(shared_data / "discord-api" / "openapi.json")


def exchange(
    method: str = "GET", path: str = "/gateway", form: object = None, status: int = 200, answer: object = None
) -> Exchange:
    return Exchange(method, path, {}, "application/json", form, (), status, HEADERS, answer)


def test_a_valid_exchange_passes(checker: OpenApiChecker) -> None:
    assert list(checker.check(exchange(answer={"url": "ws://127.0.0.1/"}))) == []


def test_a_method_that_discord_does_not_have_must_be_refused(checker: OpenApiChecker) -> None:
    assert list(checker.check(exchange("DELETE", status=405, answer={}))) == []


@pytest.mark.parametrize(
    ("invalid", "problem"),
    [
        (exchange(path="/nowhere"), "no such route"),
        (exchange(method="DELETE"), "no such route"),
        (exchange(answer={}), "'url' is a required property"),
        (exchange(answer={"url": 5}), "is not of type 'string'"),
        (exchange(answer={"url": "no address"}), "is not a 'uri'"),
        (exchange(status=204), "status 204 is not described"),
        (exchange(status=404, answer={"message": "lost"}), "'code' is a required property"),
        (exchange("POST", "/channels/1/messages", {"content": "x" * 4001}), "request at $.content"),
        (exchange("POST", "/channels/1/messages", {"content": 1}), "request at $.content"),
    ],
)
def test_an_invalid_exchange_is_found(checker: OpenApiChecker, invalid: Exchange, problem: str) -> None:
    assert any(problem in found for found in checker.check(invalid))
