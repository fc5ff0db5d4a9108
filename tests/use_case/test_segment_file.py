import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.errors import UseCaseError
from penstock.use_case.segment_file import read_segments, unknown_segments


def problems_of(text: str) -> str:
    with pytest.raises(UseCaseError) as error:
        read_segments(text, "types.txt")
    return str(error.value)


def test_a_byte_order_mark_blank_lines_and_comments_do_not_count():
    text = "\ufeff# types\r\n\r\nreina_pepiada\r\n  pelua  # beef\r\n\t\n#viuda\nLa Perla"
    assert read_segments(text, "types.txt") == ("reina_pepiada", "pelua", "La Perla")


@given(st.lists(st.text("abc_ é", min_size=1).map(str.strip).filter(bool), min_size=1, unique=True))
def test_segments_come_back_in_the_order_of_the_file(segments):
    assert read_segments("\n\n".join(segments), "types.txt") == tuple(segments)


def test_every_repeated_segment_is_named_with_both_lines():
    assert problems_of("pelua\nviuda\npelua # again\n\nviuda\npelua\n") == (
        "types.txt:3: the segment 'pelua' stands in line 1 already. Remove one.\n"
        "types.txt:5: the segment 'viuda' stands in line 2 already. Remove one.\n"
        "types.txt:6: the segment 'pelua' stands in line 1 already. Remove one."
    )


@pytest.mark.parametrize("text", ["", "\ufeff", "\n \n", "# nothing\n"])
def test_a_file_without_a_segment_is_refused(text):
    assert problems_of(text) == "types.txt: the file names no segment. Write one a line."


def test_an_unknown_segment_offers_the_near_misses():
    known = ["reina_pepiada", "pabellon", "perico", "pelua"]
    found = unknown_segments(
        ["pabellón", "pelua", "Perico", "quesada"], known, column="arepa_type", where="types.txt"
    )
    assert [str(each) for each in found] == [
        "types.txt: the segment 'pabellón' is no value of arepa_type. Did you mean pabellon?",
        "types.txt: the segment 'Perico' is no value of arepa_type. Did you mean perico?",
        "types.txt: the segment 'quesada' is no value of arepa_type. "
        "The values are: pabellon, pelua, perico, reina_pepiada.",
    ]


def test_of_many_values_the_first_ten_are_shown():
    known = [f"type {number:02}" for number in range(13)]
    (found,) = unknown_segments(["x"], known, column="kind", where="settings")
    assert str(found) == (
        "settings: the segment 'x' is no value of kind. The values are: "
        f"{', '.join(known[:10])} and 3 more."
    )
    (found,) = unknown_segments(["x"], [], column="kind", where="settings")
    assert str(found) == "settings: the segment 'x' is no value of kind. The column has no value."
