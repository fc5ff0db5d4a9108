"""Functions and engine write and read the addresses of Iceberg tables alike."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.runtime.table_address import table_address
from penstock.data.address import parse_address
from penstock.data.iceberg.naming import table_identifier
from penstock.data.lineage import table_label
from penstock.data.pinning import SNAPSHOT_SCHEMES, table_uri

WORDS = st.text(st.characters(codec="utf-8", exclude_characters="?#"), max_size=12)
NAMES = st.from_regex(r"[a-z_]{1,6}(\.[a-z_]{1,6}){0,2}", fullmatch=True)
OPTIONS = ("region", "warehouse", "snapshot", "since", "token")


@given(
    st.sampled_from(SNAPSHOT_SCHEMES),
    WORDS,
    st.dictionaries(st.sampled_from(OPTIONS), st.text(min_size=1, max_size=12)),
    NAMES,
)
def test_a_table_has_the_same_address_and_label_on_both_sides(
    scheme: str, place: str, options: dict[str, str], table: str
) -> None:
    uri = str(parse_address(f"{scheme}://{place}#{table}").with_table(table))
    address = parse_address(uri)
    address = type(address)(address.scheme, address.place, table, options)
    found = table_address(str(address))
    assert found is not None
    assert str(found) == str(parse_address(str(address)))
    assert found.label == table_label(table_uri(str(address)))
    *namespace, name = table_identifier(parse_address(str(address)))
    assert (found.database, found.name) == (".".join(namespace), name)


@pytest.mark.parametrize(
    "uri",
    [
        "s3://bucket/rows",
        "/rows",
        "postgresql://user@host/db#table",
        "iceberg+glue://?region=eu-west-1",
    ],
)
def test_another_source_is_no_table(uri: str) -> None:
    assert table_address(uri) is None
