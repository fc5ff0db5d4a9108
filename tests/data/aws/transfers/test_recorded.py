"""What is recorded of an object is read, whatever the server's entity tags look like."""

import pytest

from penstock.data.aws.transfers.checksums import composite, sha256, written
from penstock.data.aws.transfers.recorded import recorded_of

WHOLE = {"ChecksumSHA256": written(sha256(b"rows"))}


@pytest.mark.parametrize("tag", ['"0123"', '"a1-b2-c3"', '"W/-"', ""])
def test_an_entity_tag_that_counts_no_parts_leaves_the_digest_one_of_the_whole(tag: str) -> None:
    found = recorded_of({"ETag": tag, **WHOLE})
    assert found.is_whole(sha256(b"rows"))
    assert not found.is_whole(sha256(b"others"))


def test_an_entity_tag_that_counts_parts_makes_it_one_of_their_digests() -> None:
    digests = [sha256(b"ro"), sha256(b"ws")]
    found = recorded_of({"ETag": '"0123-2"', "ChecksumSHA256": composite(digests)})
    assert found.is_composite(digests)
    assert not found.is_composite(digests[::-1])
