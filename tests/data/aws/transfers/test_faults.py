"""One call in six goes wrong: what is there is whole and right, else the error says why not."""

import random
from pathlib import Path
from typing import Any

import faulty_proxy
import pytest
from faulty_proxy import FAULTS, Faults, hurry, proxy

from penstock.data.aws.clients import open_client
from penstock.data.aws.failures import translated
from penstock.data.aws.transfers.parts import Sizes
from penstock.data.aws.transfers.receiving import receive
from penstock.data.aws.transfers.sending import send
from penstock.data.aws.transfers.source import BytesSource
from penstock.data.aws.transfers.wishes import Outcome, Wishes
from penstock.errors import ServiceError

RUNS = 25
SIZES = Sizes(1_000, most_at_once=2)


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    hurry(monkeypatch)
    monkeypatch.setattr(faulty_proxy, "SHARE", 1 / 6)


@pytest.mark.slow
def test_transfers_through_faults_leave_nothing_half_and_are_gone_on_with(
    bucket: Any,
    s3_server: str,
    strict: None,
    hasty: None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    faults, told = Faults(), 0
    with proxy(s3_server.removeprefix("http://"), faults) as address:
        monkeypatch.setenv("AWS_ENDPOINT_URL", address)
        client = open_client("s3")
        for run in range(RUNS):
            content = random.Random(run).randbytes(3_500)
            place, target = bucket.place(f"run-{run}"), tmp_path / f"run-{run}"
            source = BytesSource(content, "bytes")
            with faults.seeded(run):
                try:
                    with translated("s3", str(place)):
                        send(client, source, place, Wishes(once=True), sizes=SIZES)
                        receive(client, place, target, keep=tmp_path, sizes=SIZES)
                except ServiceError:
                    told += 1
            assert not target.exists() or target.read_bytes() == content, run
            outcome = send(client, source, place, Wishes(once=True), sizes=SIZES)
            assert outcome in (Outcome.SENT, Outcome.SAME), run
            receive(client, place, target, keep=tmp_path, sizes=SIZES)
            assert (bucket.content(place.key), target.read_bytes()) == (content, content), run
    assert all(faults.counts[each] for each in FAULTS), faults.counts
    assert 0 < told < RUNS / 2, told
    assert bucket.unfinished() == []
    assert len(list(tmp_path.iterdir())) == RUNS
