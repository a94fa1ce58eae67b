"""Pickles are read as data: nothing in them is imported or called."""

import io
import os
import pickle
import sys
from collections import OrderedDict
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier.plain_pickle import Made, Persistent, read_pickle

leaves = (
    st.none()
    | st.booleans()
    | st.integers(-(2**200), 2**200)
    | st.floats(allow_nan=False)
    | st.text(max_size=300)
    | st.sampled_from(["again", "and again"])
)
values = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.dictionaries(st.text(max_size=5) | st.integers(), inner, max_size=5)
        | st.lists(inner, max_size=5).map(tuple)
    ),
    max_leaves=20,
)


class Calls:
    """Unpickling it calls a function."""

    def __init__(self, *call: Any) -> None:
        self._call = call

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        called, *arguments = self._call
        return called, tuple(arguments)


class Plain:
    def __init__(self, **attributes: object) -> None:
        self.__dict__.update(attributes)


# Plain values


@pytest.mark.parametrize("protocol", [2, 3, 4])
@given(value=values)
def test_plain_values_survive(protocol: int, value: object) -> None:
    assert read_pickle(pickle.dumps(value, protocol=protocol)) == value


@pytest.mark.parametrize("protocol", [3, 4])
@given(value=st.binary(max_size=600))
def test_bytes_survive(protocol: int, value: bytes) -> None:
    assert read_pickle(pickle.dumps([value, value], protocol=protocol)) == [value, value]


@pytest.mark.parametrize("protocol", [2, 3, 4])
def test_many_shared_values_survive(protocol: int) -> None:
    """More than 256, so that their places in the memo take four bytes."""
    names = [f"name {number}" for number in range(400)]
    value = [names, list(names), dict.fromkeys(names, (1, 2, 3, 4))]
    assert read_pickle(pickle.dumps(value, protocol=protocol)) == value


def test_pickles_in_a_row_are_read_one_by_one() -> None:
    stream = io.BytesIO(pickle.dumps(1, 2) + pickle.dumps("two", 2) + b"rest")
    assert (read_pickle(stream), read_pickle(stream), stream.read()) == (1, "two", b"rest")


def test_an_ordered_dict_is_a_dict() -> None:
    ordered = OrderedDict(first=1, second=2)
    ordered.note = "ignored"  # type: ignore[attr-defined]
    assert read_pickle(pickle.dumps(ordered, 2)) == {"first": 1, "second": 2}


# Names stay text


@pytest.mark.parametrize("protocol", [2, 3, 4])
def test_calls_are_described_and_not_made(protocol: int, tmp_path: Path) -> None:
    made = read_pickle(pickle.dumps(Calls(os.mkdir, str(tmp_path / "trace")), protocol=protocol))
    assert made == Made("posix mkdir", (str(tmp_path / "trace"),))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("protocol", [2, 3, 4])
def test_objects_are_described_by_their_state(protocol: int) -> None:
    made = read_pickle(pickle.dumps(Plain(a=1, b=[2]), protocol=protocol))
    assert made == Made(f"{__name__} Plain", (), {"a": 1, "b": [2]})


@pytest.mark.parametrize("program", [b"cno_such_module\nname\n.", b"\x8c\x0eno_such_module\x8c\x04name\x93."])
def test_modules_are_not_imported(program: bytes) -> None:
    assert read_pickle(program) == Made("no_such_module name")
    assert "no_such_module" not in sys.modules


def test_what_is_stored_beside_the_pickle_is_a_reference() -> None:
    assert read_pickle(b"\x8c\x03key\x85Q.") == Persistent(("key",))


# Anything else


@pytest.mark.parametrize(
    "program",
    [
        b"",
        b".",
        b"N",
        b"\x85.",  # a tuple of one, of nothing
        b"N\x86.",  # a tuple of two, of one
        b"(.",
        b"t.",  # no mark
        b"h\x00.",  # nothing in the memo
        b"q\x00.",
        b"NNs.",
        b"N(NNu.",
        b"}]Ns.",  # a list as a key
        b"}(Nu.",  # a key without a value
        b"Na.",
        b"NNR.",
        b"N0N.",  # POP
        b"]2.",  # DUP
        b"\x80\x05\x97.",  # NEXT_BUFFER
        b"(S'true'\nios\nsystem\n.",  # INST
        b"\x8f.",  # EMPTY_SET
        b"\x8a\xffN.",  # a number longer than the pickle
        b"\xff.",
    ],
)
def test_broken_programs_are_errors(program: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_pickle(program)


@pytest.mark.parametrize("program", [b"})%bNs.", b"}()%bNu."])
def test_a_tuple_is_no_key(program: bytes) -> None:
    """Python crashes when it hashes one as deep as this."""
    with pytest.raises(ValueError, match="broken"):
        read_pickle(program % (b"\x85" * 200_000))


@pytest.mark.filterwarnings("ignore:invalid escape sequence:DeprecationWarning")
@settings(deadline=None, max_examples=300)
@given(program=st.binary(max_size=200))
def test_arbitrary_bytes_are_values_or_errors(program: bytes) -> None:
    try:
        read_pickle(program)
    except ValueError:
        return


@pytest.mark.filterwarnings("ignore:invalid escape sequence:DeprecationWarning")
@settings(deadline=None, max_examples=300)
@given(value=values, protocol=st.sampled_from([2, 3, 4]), data=st.data())
def test_changed_pickles_are_values_or_errors(value: object, protocol: int, data: st.DataObject) -> None:
    program = bytearray(pickle.dumps([Plain(value=value), OrderedDict(value=value)], protocol=protocol))
    places = st.tuples(st.integers(0, len(program) - 1), st.integers(0, 255))
    for place, byte in data.draw(st.lists(places, min_size=1, max_size=5)):
        program[place] = byte
    try:
        read_pickle(bytes(program))
    except ValueError:
        return
