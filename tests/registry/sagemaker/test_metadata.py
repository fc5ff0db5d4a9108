"""Properties in the entries that SageMaker allows."""

import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from penstock.errors import RequestError
from penstock.registry.sagemaker.metadata import check_entries, decode, encode

_NAMES = st.text(min_size=1, max_size=30).filter(lambda text: "\ud800" not in text)
_TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=700)


def _is_allowed(text):
    return all(sign in "_.:/=+-@" or unicodedata.category(sign)[0] in "LZN" for sign in text)


@given(st.dictionaries(_TEXTS.filter(bool), _TEXTS, max_size=6))
@example({"penstock.format": "2", "a": "", "=": "=27", "a=+2": "x" * 300, "p": "é, 😀'" * 90})
def test_properties_come_back_as_they_were(properties):
    entries = encode(properties)
    assert decode(entries) == properties
    assert all(map(_is_allowed, [*entries, *entries.values()]))
    assert all(1 <= len(value) <= 256 for value in entries.values())
    assert not any(name.startswith("penstock.") for name in entries)


def test_plain_values_read_as_they_are():
    properties = {"use_case": "fraud@sha256:0f", "data_rows": "120", "reason": "new rows"}
    assert encode(properties) == properties


def test_entries_of_the_registrys_own_are_no_properties():
    assert decode({"penstock.format": "1", "use_case": "fraud"}) == {"use_case": "fraud"}


def test_too_many_and_too_long_names_are_told_together():
    entries = encode({f"name-{number}": "x" for number in range(50)} | {"n" * 129: "x"})
    with pytest.raises(RequestError) as caught:
        check_entries(entries, "sagemaker://eu-west-1")
    assert str(caught.value).splitlines() == [
        f"sagemaker://eu-west-1: the name of the property '{'n' * 129}' takes 129 signs; SageMaker "
        "allows 128. Shorten it.",
        "sagemaker://eu-west-1: the properties take 51 entries; SageMaker allows 50. Give fewer or "
        "shorter ones; an entry holds 256 signs.",
    ]


def test_the_signs_are_those_of_the_services_own_pattern():
    import gzip
    import json
    from pathlib import Path

    import botocore

    (file,) = Path(botocore.__file__).parent.glob("data/sagemaker/*/service-2.json.gz")
    shape = json.loads(gzip.decompress(file.read_bytes()))["shapes"]["CustomerMetadataValue"]
    assert (shape["max"], shape["min"]) == (256, 1)
    (signs,) = re.findall(r"^\(\[(.*)\]\*\)", shape["pattern"])
    assert signs == r"\p{L}\p{Z}\p{N}_.:\/=+\-@"
