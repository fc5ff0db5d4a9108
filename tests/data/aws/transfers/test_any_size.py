"""Whatever the sizes are, what comes back is what was sent."""

import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from penstock.data.aws.transfers.parts import Sizes
from penstock.data.aws.transfers.receiving import receive
from penstock.data.aws.transfers.sending import send
from penstock.data.aws.transfers.source import open_source
from penstock.data.aws.transfers.wishes import Wishes

CONTENT = bytes(number * 31 % 251 for number in range(3_000))


@settings(
    max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True
)
@given(st.integers(0, 3_000), st.integers(300, 3_100), st.integers(400, 3_100), st.integers(1, 9))
def test_what_comes_back_is_what_was_sent(
    bucket: Any, size: int, sent_by: int, fetched_by: int, most_parts: int
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file, back = Path(folder, "file"), Path(folder, "back")
        file.write_bytes(CONTENT[:size])
        with open_source(file) as source:
            sizes = Sizes(sent_by, most_parts=most_parts)
            send(bucket.client, source, bucket.place(), Wishes(digest=True), sizes=sizes)
        receive(bucket.client, bucket.place(), back, sizes=Sizes(fetched_by))
        assert back.read_bytes() == CONTENT[:size]
