"""Records that somebody puts into a ledger past us: told, and the first one is named."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from penstock.approval.chain import Chain, head_of
from penstock.approval.entries import Draft, instant_text, read_instant, signed
from penstock.approval.ledger.in_memory import InMemoryLedger
from penstock.approval.ledger.port import NOTHING, Head
from penstock.approval.port import Person
from penstock.approval.signing.key_files import KeyFiles
from penstock.approval.signing.trust import Trust, TrustedKey
from penstock.errors import ApprovalError
from penstock.evidence.canonical import canonical_json

AT = datetime(2026, 11, 1, 9, tzinfo=UTC)
DRAFT = Draft(AT, "reject", "fraud", 1, "local", Person("ben"), "sha256:0", "No.")


@pytest.fixture
def keys(tmp_path):
    return KeyFiles(tmp_path / "keys")


@pytest.fixture
def ledger(keys):
    """Three entries, an hour apart."""
    ledger = InMemoryLedger()
    for hours in range(3):
        draft = replace(DRAFT, at=AT + timedelta(hours=hours), version=hours + 1)
        ledger.append(signed(draft, ledger.head(), keys), ledger.head())
    return ledger


def chain(ledger, keys):
    return Chain(ledger, lambda: Trust([TrustedKey(keys.key)]))


def refused(ledger, keys):
    with pytest.raises(ApprovalError) as caught:
        chain(ledger, keys).entries()
    return str(caught.value).partition(" of the ledger does not hold: ")


def test_entries_come_back_as_they_were_decided(ledger, keys):
    entries = chain(ledger, keys).entries()
    assert [each.sequence for each in entries] == [1, 2, 3]
    assert [each.version for each in entries] == [1, 2, 3]
    assert entries[0].previous == NOTHING
    assert [each.previous for each in entries[1:]] == [each.digest for each in entries[:-1]]
    assert head_of(entries) == ledger.head()
    assert entries[0].actor == Person("ben")
    assert (entries[0].at, entries[0].expires, entries[0].live) == (AT, None, None)
    assert entries[0].key == keys.key


def test_a_replayed_approval_is_told(ledger, keys):
    records = ledger.records()
    ledger.append(records[0], ledger.head())
    where, _, why = refused(ledger, keys)
    assert where == "memory:: entry 4"
    assert why == (
        "it says that it is entry 1. "
        "Restore the ledger and the keys from a backup; the entries up to 3 hold."
    )


def test_a_record_of_another_ledger_is_told(ledger, keys):
    head = Head(3, "sha256:" + "1" * 64)
    ledger.append(signed(replace(DRAFT, at=AT + timedelta(days=1)), head, keys), ledger.head())
    where, _, why = refused(ledger, keys)
    assert where == "memory:: entry 4"
    assert why.startswith("it does not name the entry before. ")


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_changed_word_is_told(ledger, keys, number):
    document = json.loads(ledger.records()[number - 1])
    ledger._records[number - 1] = canonical_json({**document, "comment": "Yes."})
    where, _, why = refused(ledger, keys)
    assert where == f"memory:: entry {number}"
    assert why.startswith("its signature does not hold. ")


def test_a_left_out_entry_is_told(ledger, keys):
    del ledger._records[1]
    where, _, why = refused(ledger, keys)
    assert (where, why.partition(".")[0]) == ("memory:: entry 2", "it says that it is entry 3")


def test_bytes_that_are_no_entry_are_told(ledger, keys):
    for content, told in (
        (b"{}", "it is not of the format penstock.decision/1"),
        (b"[]", "it is not of the format penstock.decision/1"),
        (b"\xff", "it is no canonical JSON"),
        (ledger.records()[2] + b" ", "it is no canonical JSON"),
    ):
        ledger._records[2] = content
        assert refused(ledger, keys)[2].partition(". ")[0] == told


def test_an_entry_of_an_unknown_key_is_told(ledger, keys, tmp_path):
    other = KeyFiles(tmp_path / "other")
    ledger.append(
        signed(replace(DRAFT, at=AT + timedelta(days=1)), ledger.head(), other), ledger.head()
    )
    where, _, why = refused(ledger, keys)
    assert where == "memory:: entry 4"
    assert why.startswith(f"the key {other.key[:28]}… is not trusted. ")


def test_an_entry_older_than_the_one_before_is_told(ledger, keys):
    ledger.append(signed(DRAFT, ledger.head(), keys), ledger.head())
    where, _, why = refused(ledger, keys)
    assert (where, why.partition(". ")[0]) == (
        "memory:: entry 4",
        "it is older than the entry before",
    )


def test_what_was_verified_once_is_not_believed_when_it_changed(ledger, keys):
    known = chain(ledger, keys)
    known.entries()
    document = json.loads(ledger.records()[0])
    ledger._records[0] = canonical_json({**document, "comment": "Yes."})
    with pytest.raises(ApprovalError, match="entry 1 of the ledger does not hold"):
        known.entries()


def test_instants_have_one_text():
    assert instant_text(AT) == "2026-11-01T09:00:00.000000Z"
    assert read_instant("2026-11-01T10:00:00.000000+01:00") == AT
    with pytest.raises(ValueError, match="names no time zone"):
        read_instant("2026-11-01T09:00:00")
