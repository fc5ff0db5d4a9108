# ruff: noqa: PTH123, UP006, UP014, UP035, UP045  # KFP reads these forms and no newer ones
"""Pipelines of a few lines that use what the corpus uses: compiled by KFP, run by both runners."""

import functools
from collections.abc import Callable
from typing import Any, List, NamedTuple, Optional

from kfp import dsl

component = functools.partial(dsl.component, base_image="python:3.11")


class Pair(NamedTuple):
    half: int
    rest: int


@component
def words_of(text: str) -> list:
    return text.split()


@component
def shout(word: str) -> str:
    return word.upper()


@component
def length_of(word: str) -> int:
    return len(word)


@component
def joined(words: list) -> str:
    return "+".join(words)


@component
def summed(numbers: list) -> int:
    return sum(int(number) for number in numbers)


@component
def halved(number: int) -> NamedTuple("Pair", [("half", int), ("rest", int)]):  # type: ignore[valid-type]
    from typing import NamedTuple

    pair = NamedTuple("Pair", [("half", int), ("rest", int)])
    return pair(number // 2, number % 2)


@component
def noted(text: str, note: dsl.Output[dsl.Dataset]) -> None:
    with open(note.path, "w") as file:
        file.write(text)
    note.metadata["letters"] = len(text)


@component
def read_note(note: dsl.Input[dsl.Dataset]) -> str:
    with open(note.path) as file:
        return file.read()


@component
def read_notes(notes: dsl.Input[List[dsl.Dataset]]) -> str:
    return "|".join(sorted(open(note.path).read() for note in notes))


@component
def greeted(name: str = "nobody", times: Optional[int] = None, tone: Optional[str] = None) -> str:
    return f"{name} {times} {tone}"


@component
def looked_up(table: dict, key: str) -> str:
    return f"{key}={table[key]!r} of {sorted(table)}"


@component
def told(message: str) -> str:
    return f"told {message}"


@component
def broken(message: str) -> str:
    raise ValueError(message)


@component
def last_words(status: dsl.PipelineTaskFinalStatus) -> str:
    return f"{status.state} of {status.pipeline_task_name}"


@dsl.pipeline(name="loops")
def loops(text: str = "ab cde f") -> str:
    words = words_of(text=text)
    with dsl.ParallelFor(words.output) as word:
        loud = shout(word=word)
    with dsl.ParallelFor([{"v": "1", "w": "x"}, {"v": "2", "w": "yz"}]) as item:
        with dsl.ParallelFor([10, 20]) as ten:
            halved(number=ten)
        told(message=item.w)
    return joined(words=dsl.Collected(loud.output)).output


@dsl.pipeline(name="sizes")
def sizes(text: str) -> int:
    with dsl.ParallelFor(["left", "centre", "right"], parallelism=2) as place:
        size = length_of(word=place)
    length_of(word=text)
    return summed(numbers=dsl.Collected(size.output)).output


@dsl.pipeline(name="nested")
def nested(text: str = "three words here") -> str:
    inner = sizes(text=text)
    outer = halved(number=inner.output)
    return told(message=f"{outer.outputs['half']}/{outer.outputs['rest']} of {text}").output


@dsl.pipeline(name="choices")
def choices(number: int = 7) -> str:
    pair = halved(number=number)
    with dsl.If(pair.outputs["rest"] == 0):
        even = told(message="even")
    with dsl.Elif(pair.outputs["half"] > 2):
        large = told(message="odd and large")
    with dsl.Else():
        small = told(message="odd and small")
    chosen = dsl.OneOf(even.output, large.output, small.output)
    length_of(word=chosen)
    return shout(word=chosen).output


@dsl.pipeline(name="sieved")
def sieved(least: int = 2) -> int:
    with dsl.ParallelFor([1, 2, 3]) as number, dsl.If(number >= 2):
        large = halved(number=number)
    summed(numbers=dsl.Collected(large.outputs["rest"]))
    with dsl.ParallelFor([1, 3]) as number, dsl.If(number >= least):
        kept = halved(number=number)
    return summed(numbers=dsl.Collected(kept.outputs["half"])).output


@dsl.pipeline(name="either")
def either(number: int = 7) -> dsl.Dataset:
    pair = halved(number=number)
    with dsl.If(pair.outputs["rest"] == 0):
        even = noted(text="even")
    with dsl.Else():
        odd = noted(text="odd")
    note = dsl.OneOf(even.outputs["note"], odd.outputs["note"])
    read_note(note=note)
    return note


@dsl.pipeline(name="artifacts")
def artifacts(text: str = "a note") -> str:
    first = noted(text=text)
    read_note(note=first.outputs["note"])
    again = noted(text=read_note(note=first.outputs["note"]).output)
    with dsl.ParallelFor(["x", "y"]) as letter:
        many = noted(text=letter)
    read_notes(notes=dsl.Collected(many.outputs["note"]))
    return read_note(note=again.outputs["note"]).output


@dsl.pipeline(name="imported")
def imported(place: str) -> str:
    note = dsl.importer(artifact_uri=place, artifact_class=dsl.Dataset, metadata={"kind": "own"})
    return read_note(note=note.output).output


@dsl.pipeline(name="absent")
def absent(name: Optional[str] = None, tone: str = "calm") -> str:
    greeted(tone=tone)
    return greeted(name="someone").output


@dsl.pipeline(name="structures")
def structures(table: dict = {"one": "1", "two": [True, 1.5, {"deep": 3}]}) -> str:  # noqa: B006
    looked_up(table={"literal": "v", "other": "w"}, key="literal")
    return looked_up(table=table, key="two").output


@dsl.pipeline(name="exits")
def exits(message: str = "all well") -> None:
    with dsl.ExitHandler(exit_task=last_words()):
        told(message=message)


@dsl.pipeline(name="falls")
def falls(message: str = "no use") -> None:
    with dsl.ExitHandler(exit_task=last_words()):
        before = told(message="before")
        broken(message=message).after(before)
        told(message="beside")


PIPELINES: dict[str, Callable[..., Any]] = {
    "loops": loops,
    "nested": nested,
    "choices": choices,
    "sieved": sieved,
    "either": either,
    "artifacts": artifacts,
    "imported": imported,
    "absent": absent,
    "structures": structures,
    "exits": exits,
    "falls": falls,
}
