"""A `Secret` shows nothing, whatever is done with it."""

import copy
import dataclasses
import json
import logging
import pickle
import traceback

import pytest
from pydantic_core import PydanticSerializationError, to_jsonable_python

from homewit.tools import Secret

CANARY = "hunter2-canary"


@pytest.fixture
def secret() -> Secret:
    return Secret("mail", CANARY)


@dataclasses.dataclass
class Holder:
    secret: Secret


def test_no_readable_form_shows_it(secret: Secret):
    """Neither printing nor formatting, alone or inside of something else."""
    shown = [
        str(secret),
        repr(secret),
        f"{secret}",
        f"{secret!s:>40}",
        f"{secret!a}",
        "%s %r" % (secret, secret),  # noqa: UP031
        f"{secret}",
        repr([secret, {"a": secret}]),
        repr(Holder(secret)),
        str(dir(secret)),
    ]
    assert [text for text in shown if CANARY in text] == []


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_it_is_not_pickled(secret: Secret, protocol: int):
    """In no protocol, alone or inside of something else."""
    for held in (secret, [secret], Holder(secret)):
        with pytest.raises(TypeError, match="cannot be pickled or copied") as refused:
            pickle.dumps(held, protocol)
        assert CANARY not in str(refused.value)


@pytest.mark.parametrize(
    "convert",
    [
        copy.copy,
        copy.deepcopy,
        json.dumps,
        to_jsonable_python,
        bytes,
        list,
        lambda one: "".join(one),
        lambda one: "" + one,
        lambda one: dataclasses.asdict(Holder(one)),
        vars,
        hash,
    ],
)
def test_it_is_not_turned_into_anything_else(secret: Secret, convert):
    """Copies, JSON, bytes and texts are refused, without the value in the refusal."""
    with pytest.raises((TypeError, PydanticSerializationError)) as refused:
        convert(secret)
    assert CANARY not in str(refused.value)


def test_logs_and_tracebacks_do_not_show_it(secret: Secret, caplog: pytest.LogCaptureFixture):
    """Also those that print local variables."""
    try:
        logging.getLogger("x").warning("logging in with %s and %r", secret, {"s": secret})
        raise ValueError(secret)
    except ValueError as error:
        told = traceback.TracebackException.from_exception(error, capture_locals=True)
        text = "".join(told.format())
    assert "Secret('mail', ***)" in text
    assert CANARY not in text + caplog.text


def test_control_what_is_revealed_is_shown(secret: Secret):
    """Control: the value is there for who asks for it by name, and only then a text shows it."""
    assert f"{secret.reveal()}" == CANARY
    assert secret == Secret("other", CANARY)
    assert secret != Secret("mail", "other")
