"""What clients send: frames and their data, checked."""

import json
from dataclasses import dataclass

from bot.sandbox.discord.gateway.protocol import INTENT_BITS, CloseCode, CloseError
from bot.sandbox.discord.values import Json, Parsed

MAX_FRAME_BYTES = 4096
MAX_USER_IDS = MAX_PREFIXED = 100
MAX_NONCE_BYTES = 32
LARGEST_ID = (1 << 64) - 1


@dataclass(frozen=True, slots=True)
class Identify:
    """The start of a session; `shard` is this shard's number and how many there are."""

    token: str
    intents: int
    shard: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Resume:
    """The continuation of a session after the event with the number `sequence`."""

    token: str
    session_id: str
    sequence: int


@dataclass(frozen=True, slots=True)
class MembersRequest:
    """A request for a guild's members: those with some ids, or whose names begin with a text."""

    guild_id: int
    user_ids: tuple[int, ...] | None
    prefix: str
    limit: int
    presences: bool
    nonce: str | None

    @property
    def everybody(self) -> bool:
        """Whether it asks for the whole list."""
        return self.user_ids is None and not self.prefix and not self.limit


def read_frame(data: str | bytes) -> tuple[int, Parsed]:
    """A frame's opcode and its data. Raises CloseError 4002."""
    raw = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
    if len(raw) > MAX_FRAME_BYTES:
        raise CloseError(CloseCode.DECODE_ERROR)
    try:
        frame = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise CloseError(CloseCode.DECODE_ERROR) from error
    frame = _object(frame)
    return _integer(frame.get("op")), frame.get("d")


def read_identify(data: Parsed) -> Identify:
    """The data of an IDENTIFY. Raises CloseError 4002, 4010, 4013."""
    data = _object(data)
    _object(data.get("properties"))
    token = _text(data.get("token"))
    intents = _integer(data.get("intents"))
    if intents & ~INTENT_BITS:
        raise CloseError(CloseCode.INVALID_INTENTS)
    shard = data.get("shard")
    if shard is None:
        return Identify(token, intents, (0, 1))
    match shard:
        case [int(number), int(count)] if not isinstance(number, bool) and 0 <= number < count:
            return Identify(token, intents, (number, count))
    raise CloseError(CloseCode.INVALID_SHARD)


def read_resume(data: Parsed) -> Resume:
    """The data of a RESUME. Raises CloseError 4002."""
    data = _object(data)
    return Resume(_text(data.get("token")), _text(data.get("session_id")), _integer(data.get("seq")))


def read_members_request(data: Parsed) -> MembersRequest:
    """The data of a REQUEST_GUILD_MEMBERS. Raises CloseError 4002."""
    data = _object(data)
    guild_id, wanted, prefix = _id(data.get("guild_id")), data.get("user_ids"), data.get("query")
    user_ids: tuple[int, ...] | None = None
    if wanted is not None:
        user_ids = tuple(_id(item) for item in (wanted if isinstance(wanted, list) else [wanted]))[:MAX_USER_IDS]
    elif prefix is None:
        raise CloseError(CloseCode.DECODE_ERROR)
    limit = 0 if user_ids is not None else _integer(data.get("limit"))
    nonce = data.get("nonce")
    short = isinstance(nonce, str) and len(nonce.encode("utf-8", "surrogatepass")) <= MAX_NONCE_BYTES
    return MembersRequest(
        guild_id,
        user_ids,
        _text("" if prefix is None else prefix),
        min(limit, MAX_PREFIXED),
        bool(data.get("presences")),
        nonce if short else None,
    )


def check_object(data: Parsed) -> None:
    """Check the data of a frame that the sandbox has no use for. Raises CloseError 4002."""
    _object(data)


def _object(value: Parsed) -> Json:
    if not isinstance(value, dict):
        raise CloseError(CloseCode.DECODE_ERROR)
    return value


def _text(value: Parsed) -> str:
    if not isinstance(value, str):
        raise CloseError(CloseCode.DECODE_ERROR)
    return value


def _integer(value: Parsed) -> int:
    """A number of 0 or more."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise CloseError(CloseCode.DECODE_ERROR)
    return value


def _id(value: Parsed) -> int:
    text = str(value)
    if isinstance(value, bool) or not (text.isascii() and text.isdecimal() and len(text) <= 20):
        raise CloseError(CloseCode.DECODE_ERROR)
    return min(int(text), LARGEST_ID)
