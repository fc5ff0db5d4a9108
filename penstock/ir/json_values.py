"""JSON as plain data, and the whole numbers that KFP's IR writes as floats."""

from collections.abc import Mapping

from penstock.ir.types import ParameterType

JsonValue = None | bool | int | float | str | list["JsonValue"] | dict[str, "JsonValue"]

JsonObject = Mapping[str, JsonValue]


def restored(value: JsonValue, kind: ParameterType | None) -> JsonValue:
    """Undo the IR's widening of whole numbers.

    KFP writes every number as a double, also inside lists and objects, so `5` arrives as `5.0`.
    Where the type is NUMBER_INTEGER or a container, whole numbers become `int` again; where it is
    NUMBER_DOUBLE they stay `float`. Inside containers the IR no longer tells `5.0` from `5`; the
    whole number is chosen, as KFP's own backend does.
    """
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, list):
        return [restored(item, None) for item in value]
    if isinstance(value, dict):
        return {key: restored(item, None) for key, item in value.items()}
    if kind is ParameterType.NUMBER_DOUBLE:
        return float(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value
