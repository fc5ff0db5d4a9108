"""A day's rows into every sink."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from penstock.data.sinks import Publication, Sink, open_sink, sink_uri
from penstock.errors import PenstockError, Problem, RequestError

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Place:
    """A sink that holds the rows."""

    sink: Sink
    place: str


def publish_all(rows: Path, sinks: Sequence[str], source: str, run: str, day: date) -> list[Place]:
    """Write the rows to every sink.

    Every address is looked at before anything is written. Where a sink fails, the others are
    written all the same, and the error says what is done; a repeated call is safe.

    Raises:
        RequestError: There is no sink, or an address is wrong.
        PenstockError: What the first failing sink raised, with what is done added.
    """
    if not sinks:
        raise RequestError(
            Problem("no sink is named.", remedy="Set inference.sinks, or give `sinks`.")
        )
    opened = [open_sink(sink_uri(each, source)) for each in sinks]
    publication = Publication(rows, run, day)
    done: list[Place] = []
    failures: list[PenstockError] = []
    for sink in opened:
        try:
            done.append(Place(sink, sink.publish(publication).place))
        except PenstockError as error:
            failures.append(error)
    if failures:
        problems = [problem for failure in failures for problem in failure.problems]
        if done:
            listed = ", ".join(each.place for each in done)
            what = f"these sinks hold the new rows of {run}: {listed}."
            problems.append(Problem(what, remedy="Run the day again once the others are mended."))
        raise type(failures[0])(problems)
    return done


def history_of(places: Sequence[Place], day: date, days: int) -> "pa.Table":
    """Return what the first sink holds of the last days.

    Raises:
        PenstockError: It cannot be read.
    """
    return places[0].sink.read(first_day=day - timedelta(days=days - 1), last_day=day)
