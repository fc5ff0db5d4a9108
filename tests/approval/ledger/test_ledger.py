"""One promise, every ledger."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from penstock.approval.ledger.in_memory import InMemoryLedger
from penstock.approval.ledger.port import NOTHING, Head, HeadMovedError
from penstock.evidence.canonical import digest_of


@pytest.fixture(params=["in_memory", "sqlite", "aws"])
def reopen(request, tmp_path):
    """Open the same ledger, again and again."""
    if request.param == "in_memory":
        ledger = InMemoryLedger()
        return lambda: ledger
    if request.param == "aws":
        from penstock.approval.ledger.dynamodb import DynamodbLedger

        address = request.getfixturevalue("aws_ledger")
        return lambda: DynamodbLedger(address)
    from penstock.approval.ledger.sqlite import SqliteLedger
    from penstock.approval.signing.key_files import KeyFiles

    return lambda: SqliteLedger(tmp_path / "ledger.db", KeyFiles(tmp_path / "keys"))


def test_a_new_ledger_is_empty(reopen):
    assert list(reopen().records()) == []
    assert reopen().head() == Head(0, NOTHING)


def test_records_stay_as_they_are_in_their_order(reopen):
    records = [b'{"one":1}', b"\x00\xff", b"x" * 100_000]
    head = Head()
    for number, record in enumerate(records, 1):
        head = reopen().append(record, head)
        assert head == Head(number, digest_of(record))
    assert list(reopen().records()) == records
    assert reopen().head() == head


def test_a_record_that_was_made_for_another_end_is_not_appended(reopen):
    head = reopen().append(b"first", Head())
    for wrong in (Head(), Head(1, NOTHING), Head(2, head.digest)):
        with pytest.raises(HeadMovedError):
            reopen().append(b"second", wrong)
    assert list(reopen().records()) == [b"first"]


def test_of_records_for_the_same_end_one_is_appended(reopen):
    def append(number):
        try:
            reopen().append(f"record {number}".encode(), Head())
        except HeadMovedError:
            return 0
        return 1

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(append, range(12))) == 1
    assert len(reopen().records()) == 1
