"""Every size is cut into parts that S3 takes, and always into the same ones."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.data.aws.transfers.parts import SIZES, Sizes
from penstock.errors import RequestError

MIB = 1 << 20
LIMITS = st.builds(
    Sizes,
    part_bytes=st.integers(1, 50),
    most_parts=st.integers(1, 60),
    most_part_bytes=st.integers(50, 400),
    in_flight_bytes=st.integers(1, 500),
    most_at_once=st.integers(1, 8),
)


@given(LIMITS, st.integers(1, 20_000))
def test_the_parts_of_a_file_are_the_file_and_within_the_limits(sizes: Sizes, size: int) -> None:
    try:
        parts = sizes.parts_of(size)
    except RequestError:
        rounded = sizes.most_part_bytes - sizes.most_part_bytes % sizes.part_bytes
        assert size > sizes.most_parts * rounded
        return
    assert [each.number for each in parts] == list(range(1, len(parts) + 1))
    assert len(parts) <= sizes.most_parts
    assert sum(each.size for each in parts) == size
    end = 0
    for each in parts:
        assert each.offset == end
        end += each.size
        assert 0 < each.size <= sizes.most_part_bytes
    assert {each.size for each in parts[:-1]} <= {sizes.part_bytes_of(size)}
    assert parts[-1].size <= sizes.part_bytes_of(size)
    at_once = sizes.at_once(parts[0].size)
    assert at_once == 1 or at_once * parts[0].size <= sizes.in_flight_bytes


@given(st.integers(1, SIZES.most_parts * SIZES.most_part_bytes))
def test_no_part_is_smaller_than_s3_takes_or_larger(size: int) -> None:
    part = SIZES.part_bytes_of(size)
    assert 5 * MIB <= part <= 5120 * MIB
    assert -(-size // part) <= 10_000


@pytest.mark.parametrize(
    ("size", "is_large", "part", "count"),
    [
        (0, False, 16 * MIB, 0),
        (16 * MIB, False, 16 * MIB, 1),
        (16 * MIB + 1, True, 16 * MIB, 2),
        (160_000 * MIB, True, 16 * MIB, 10_000),
        (160_000 * MIB + 1, True, 32 * MIB, 5_001),
        (51_200_000 * MIB, True, 5120 * MIB, 10_000),
    ],
)
def test_parts_grow_where_there_would_be_too_many(
    size: int, is_large: bool, part: int, count: int
) -> None:
    assert SIZES.is_large(size) is is_large
    assert SIZES.part_bytes_of(size) == part
    assert len(SIZES.parts_of(size)) == count


def test_a_file_that_is_larger_than_s3_takes_is_told() -> None:
    with pytest.raises(RequestError) as told:
        SIZES.parts_of(51_200_000 * MIB + 1, "rows.parquet")
    assert str(told.value) == (
        "rows.parquet: it has 53,687,091,200,001 bytes; S3 takes at most 53,687,091,200,000. "
        "Split it."
    )


def test_large_parts_travel_one_by_one() -> None:
    assert [SIZES.at_once(each * MIB) for each in (1, 16, 32, 64, 5120)] == [4, 4, 2, 1, 1]
