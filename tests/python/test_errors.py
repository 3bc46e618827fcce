"""Exceptions and their codes."""

from __future__ import annotations

import copy
import pickle

import laminardb
import pytest
from laminardb import codes, error_codes

FAMILY = [
    laminardb.ConnectionError,
    laminardb.QueryError,
    laminardb.IngestionError,
    laminardb.SchemaError,
    laminardb.SubscriptionError,
    laminardb.StreamError,
    laminardb.CheckpointError,
    laminardb.ConnectorError,
]


def test_codes(published_codes):
    assert {name: getattr(codes, name) for name in published_codes} == published_codes
    assert sorted(codes.__all__) == sorted(published_codes)
    assert {name: getattr(error_codes, name) for name in published_codes} == published_codes
    assert laminardb.codes is codes
    assert laminardb.error_codes is error_codes


@pytest.mark.parametrize("kind", FAMILY)
def test_family(kind):
    assert issubclass(kind, laminardb.LaminarError)
    assert issubclass(kind, Exception)


@pytest.mark.parametrize("kind", [laminardb.LaminarError, *FAMILY])
def test_made_by_a_user(kind):
    error = kind("something broke")
    assert error.code == codes.INTERNAL_ERROR
    assert str(error) == "something broke"
    assert "broke" in error
    assert "mended" not in error
    assert error.candidates == []
    assert error.rows_inserted == 0
    assert kind("x", code=123).code == 123
    assert kind().code == codes.INTERNAL_ERROR


def test_position_of_a_user_made_query_error():
    assert laminardb.QueryError("x").position is None
    assert laminardb.QueryError("x", position=4).position == 4


def test_errors_can_be_pickled_and_copied(trades):
    with pytest.raises(laminardb.QueryError) as info:
        trades.query("SELECT prise FROM trades")
    for again in (pickle.loads(pickle.dumps(info.value)), copy.copy(info.value)):
        assert type(again) is laminardb.QueryError
        assert str(again) == str(info.value)
        assert (again.code, again.position, again.candidates) == (400, 7, info.value.candidates)


def test_names_in_tracebacks():
    assert repr(laminardb.QueryError("x")) == "QueryError('x')"
    assert laminardb.QueryError.__module__ == "laminardb"


def test_every_name_of_the_package_is_there():
    for name in laminardb.__all__:
        assert getattr(laminardb, name) is not None
    assert laminardb.Config is laminardb.LaminarConfig
    assert laminardb.BatchWriter is laminardb.Writer
    assert laminardb.SubscriptionHandle is laminardb.CallbackSubscription
    assert laminardb.__version__.count(".") == 2
