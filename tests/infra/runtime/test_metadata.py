"""Entries of a model package: the form is the registry's own."""

from hypothesis import example, given
from hypothesis import strategies as st

from infra.runtime import metadata as ours
from penstock.registry.sagemaker import metadata as theirs
from penstock.registry.sagemaker.packages import properties_of

_TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=700)
_PROPERTIES = st.dictionaries(_TEXTS.filter(bool), _TEXTS, max_size=6)


@given(_PROPERTIES)
@example({"penstock.format": "2", "a": "", "=": "=27", "a=+2": "x" * 300, "p": "é, 😀'" * 90})
def test_entries_are_those_that_the_registry_writes_and_reads(properties: dict[str, str]) -> None:
    entries = ours.encode(properties)
    assert entries == theirs.encode(properties)
    assert ours.decode(entries) == properties == theirs.decode(entries)


@given(st.dictionaries(_TEXTS.filter(bool), _TEXTS, max_size=6))
def test_whatever_entries_say_is_read_as_the_registry_reads_it(entries: dict[str, str]) -> None:
    assert ours.decode(entries) == theirs.decode(entries)
    answer = {"CustomerMetadataProperties": entries}
    assert ours.properties_of(entries) == properties_of(answer)


def test_names_and_limits_are_the_registrys() -> None:
    assert ours.OWN == theirs.OWN
    assert ours.properties_of({"penstock.format": "1", "a": "=27"}) == {"a": "'"}
    assert ours.properties_of({"a": "=27"}) == {"a": "=27"}
    assert ours.MOST_ENTRIES == theirs._MOST
