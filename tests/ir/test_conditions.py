import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.errors import DefinitionError
from penstock.ir.conditions import (
    All,
    Cast,
    Comparison,
    Condition,
    Either,
    Given,
    Input,
    Not,
    parse_condition,
)

REMEDY = (
    "KFP does not escape a quote or a backslash in a compared text: compare in a component and "
    "return a bool."
)

names = st.from_regex(r"pipelinechannel--[a-zA-Z][a-zA-Z0-9_\-]{0,10}", fullmatch=True)
plain_texts = st.text(st.characters(exclude_characters="'\"\\\n", exclude_categories=["C"]))
numbers = st.one_of(
    st.integers(-(10**12), 10**12),
    st.floats(allow_nan=False, allow_infinity=False, width=32),
)
inputs = names.map(Input)
constants = st.one_of(plain_texts, numbers, st.booleans()).map(Given)
casts = st.builds(Cast, st.sampled_from(["int", "double"]), inputs)
comparisons = st.builds(
    Comparison,
    st.sampled_from(["==", "!=", "<", "<=", ">", ">="]),
    st.one_of(inputs, casts),
    st.one_of(inputs, casts, constants),
)
conditions = st.recursive(
    comparisons,
    lambda inner: st.one_of(
        inner.map(Not),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: All(tuple(parts))),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: Either(tuple(parts))),
    ),
    max_leaves=8,
)


def written(condition: Condition) -> str:
    match condition:
        case Given(value=bool(value)):
            return "true" if value else "false"
        case Given(value=str(value)):
            return f"'{value}'"
        case Given(value=value):
            return repr(value)
        case Input(name=name):
            return f"inputs.parameter_values['{name}']"
        case Cast(kind=kind, operand=operand):
            return f"{kind}({written(operand)})"
        case Comparison(operator=sign, left=left, right=right):
            return f"{written(left)} {sign} {written(right)}"
        case Not(condition=inner):
            return f"!({written(inner)})"
        case All(parts=parts):
            return " && ".join(f"({written(part)})" for part in parts)
        case Either(parts=parts):
            return " || ".join(f"({written(part)})" for part in parts)


@given(conditions)
def test_what_was_written_is_read_again(condition: Condition) -> None:
    assert parse_condition(written(condition)) == condition


@given(st.text(max_size=40))
def test_any_other_text_is_refused_with_a_message(text: str) -> None:
    refused = None
    try:
        parse_condition(text, "here")
    except DefinitionError as error:
        refused = error.problems[0]
    assert refused is None or (refused.where, refused.remedy) == ("here", REMEDY)


@given(plain_texts, plain_texts)
def test_a_quote_in_a_compared_text_never_passes(before: str, after: str) -> None:
    text = f"inputs.parameter_values['x'] == '{before}'{after}'"
    with pytest.raises(DefinitionError):
        parse_condition(text)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("inputs.parameter_values['x'] == 'it's'", "at `'`"),
        ("inputs.parameter_values['x'] == 'a' || 'b' == 'b'", "because it compares two constants"),
        ("inputs.parameter_values['x'] ==", "because it ends too early"),
        ("inputs.parameter_values['x'] == 'a\\n'", "at `'a\\n'`"),
        ("size(inputs.parameter_values['x']) == 1", "at `size`"),
        ("!" * 200 + "true", "because it is nested too deeply"),
        ("", "because it ends too early"),
    ],
)
def test_a_condition_that_is_not_kfps_is_refused(text: str, reason: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        parse_condition(text, "task train")
    assert str(caught.value) == (
        f"task train: the condition `{text}` cannot be read {reason}. {REMEDY}"
    )


def test_and_binds_closer_than_or() -> None:
    one, two, three = (Comparison("==", Input(name), Given(1)) for name in "abc")
    parsed = parse_condition(f"{written(one)} || {written(two)} && {written(three)}")
    assert parsed == Either((one, All((two, three))))
