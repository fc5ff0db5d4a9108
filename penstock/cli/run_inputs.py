"""What a run looks at: rows, model and sinks, settled and pinned before it starts."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from penstock.cli.home import HOME
from penstock.cli.inputs import Inputs
from penstock.cli.models.choosing import choose_model
from penstock.cli.run_request import RunRequest, absolute_source
from penstock.cli.settings import ScalarValue
from penstock.errors import Problem, RequestError

if TYPE_CHECKING:
    from penstock.data.pinning import Pinned
    from penstock.registry import Description, Registry
    from penstock.use_case import UseCase

WINDOWS = ("all", "incremental")
_SAMPLE = "pipeline data new-batch"


def settle_inputs(
    request: RunRequest, types: Mapping[str, str], given: Mapping[str, ScalarValue]
) -> Inputs:
    """Return what the request leaves to be settled.

    Args:
        request: Of a pipeline of the project.
        types: Parameters that its definition declares.
        given: Settings that were given; they stay as they are.

    Raises:
        RequestError: There is no model, nothing new to train on, or an option has no meaning here.
        ApprovalError: The model is not approved, or not what was approved.
        DataError: The source cannot be used.
    """
    from penstock.use_case import load_use_case

    use_case = load_use_case(request.use_case)
    _check_options(request, types, use_case)
    found = Inputs()
    trial = "model" in given
    if trial and not request.trial:
        raise RequestError(_named_past_approval(request))
    if "model" in types and not trial:
        chosen = choose_model(request, use_case)
        trial = chosen.trial
        found.settings |= {name: value for name, value in chosen.settings.items() if name in types}
        found.notes.append(chosen.note)
    if "source" in types and "source" not in given:
        address = _source(request, use_case, found)
        found.settings["source"] = _pinned(request, use_case, address, types, found)
    if request.window is not None:
        found.settings["window"] = request.window
    if request.date is not None:
        found.settings["day"] = request.date
    if trial and "sinks" in given:
        source = str(given.get("source") or found.settings.get("source") or "")
        keep_sinks_apart(str(given["sinks"]), json.loads(default_sinks(use_case)), source)
    if "sinks" in types and "sinks" not in given:
        found.settings["sinks"] = default_sinks(use_case, trial=trial)
    return found


def keep_sinks_apart(given: str, approved: Sequence[str], source: str) -> None:
    """Refuse the places of the approved decisions, however they are written.

    Raises:
        RequestError: A sink of a trial is one of them.
    """
    kept = {_place(sink, source): sink for sink in approved}
    try:
        named = [str(sink) for sink in json.loads(given)]
    except (ValueError, TypeError):
        named = [given]
    shared = [kept[place] for sink in named if (place := _place(sink, source)) in kept]
    if shared:
        raise RequestError(
            Problem(
                f"a trial does not write to the use case's sink {shared[0]}.",
                "--set sinks",
                "Name another place, or leave it out.",
            )
        )


def _place(sink: str, source: str) -> str:
    """Return what a sink leads to, without its options; of a folder, past links and dots."""
    from urllib.parse import urlsplit
    from urllib.request import url2pathname

    base, _, table = sink.partition("#")
    if base == "source" and source:
        base = source.partition("#")[0]
    base = base.partition("?")[0]
    if base.startswith("file:"):
        base = url2pathname(urlsplit(base).path)
    if "://" not in base:
        base = str(Path(base).resolve())
    return f"{base.rstrip('/')}#{table}"


def _named_past_approval(request: RunRequest) -> Problem:
    return Problem(
        "a model that --set names is approved by nobody.",
        "--set model",
        f"Name a version (--model 3), or score apart from the sinks: pipeline run {request.name} "
        "--trial --set model=...",
    )


def default_sinks(use_case: UseCase, *, trial: bool = False) -> str:
    """Return the use case's sinks, or a folder here where it has none, as JSON.

    Decisions of a model on trial never reach the use case's sinks.
    """
    kept = HOME / ("trials" if trial else "decisions") / use_case.name
    return json.dumps((not trial and use_case.inference.sinks) or [str(kept.absolute())])


def _check_options(request: RunRequest, types: Mapping[str, str], use_case: UseCase) -> None:
    needs = {
        "--window": (request.window, "window"),
        "--model": (request.model, "model"),
        "--trial": (request.trial or None, "model"),
        "--date": (request.date, "day"),
        "--as-of": (request.as_of, "source"),
        "--source": (request.source, "source"),
    }
    problems = [
        Problem(f"the pipeline has no parameter `{parameter}`.", option, "Leave it out.")
        for option, (value, parameter) in needs.items()
        if value is not None and parameter not in types
    ]
    window = request.window
    if window is not None and window not in WINDOWS and not window.removesuffix("d").isdigit():
        what = f"the window {window!r} is unknown."
        problems.append(Problem(what, "--window", "Use all, incremental, or days such as 28d."))
    try:
        date.fromisoformat(request.date or "2000-01-01")
    except ValueError:
        what = f"{request.date!r} is not a day."
        problems.append(Problem(what, "--date", "Write it as 2018-08-15."))
    if window == "incremental" and use_case.tables:
        what = "several tables have no common increment."
        problems.append(Problem(what, "--window", "Use all, or days such as 28d."))
    if problems:
        raise RequestError(problems)


def address_of(use_case: UseCase, source: str | None = None) -> str:
    """Return the address of the rows: the one given, the use case's, or that of generated rows."""
    if source is not None:
        return absolute_source(source)
    if use_case.source.uri:
        return use_case.source.uri
    generator = use_case.source.generator
    if generator is None or generator.load_days is None:
        return str((HOME / "data" / use_case.name).absolute())
    from penstock.cli.new_batch import default_source

    return default_source(use_case, HOME)


def is_unloaded(use_case: UseCase, address: str) -> bool:
    """Say whether the rows are generated ones of which the first load is yet to come."""
    generator = use_case.source.generator
    if use_case.source.uri or generator is None or generator.load_days is None:
        return False
    from penstock.cli.new_batch import is_loaded

    return not is_loaded(use_case, address)


def _source(request: RunRequest, use_case: UseCase, found: Inputs) -> str:
    """Return the address of the rows, generated where the use case has none of its own."""
    address = address_of(use_case, request.source)
    if request.source is not None or use_case.source.uri:
        return address
    generator = use_case.source.generator
    if generator is None or generator.load_days is None:
        from penstock.use_case import generate_source

        if not Path(address).is_dir():
            found.notes.append(f"generated the rows of {use_case.name} below {HOME}/data/ (once)")
        found.generated = generate_source(use_case, Path(address))
        return str(found.generated)
    if is_unloaded(use_case, address):
        from penstock.cli.new_batch import new_batch

        loaded = new_batch(use_case, home=HOME)
        found.notes.append(
            f"loaded the first {loaded.rows:,} rows of {use_case.name}, "
            f"{loaded.first_day}…{loaded.last_day}, below {HOME}/data/"
        )
    return address


def _pinned(
    request: RunRequest,
    use_case: UseCase,
    address: str,
    types: Mapping[str, str],
    found: Inputs,
) -> str:
    """Return the address with its snapshots; of an incremental training, since the last model."""
    from penstock.data.address import parse_address
    from penstock.data.pinning import SNAPSHOT_SCHEMES, pin

    as_of = request.as_of or ""
    parsed = parse_address(address)
    if parsed.scheme not in SNAPSHOT_SCHEMES:
        if request.window == "incremental":
            raise RequestError(
                Problem(
                    "what was appended can only be told of Iceberg tables.",
                    address,
                    "Use --window all, or days such as 28d.",
                )
            )
        return pin(address, as_of=as_of).uri
    window = request.window or use_case.source.window.rows
    if "window" not in types or window != "incremental" or "since" in parsed.options:
        return pin(address, as_of=as_of).uri
    last = last_of_table(_registry(request), use_case, address)
    if last is None:
        found.notes.append("no version was trained on this table yet: all its rows are new")
        return pin(address, as_of=as_of).uri
    since = last.properties["data_snapshot_to"]
    pinned = pin(address, since=since, as_of=as_of)
    _require_rows(pinned, last, address)
    name = f"{last.registered.group}/{last.registered.version}"
    found.notes.append(f"rows appended since {name} (snapshot {since})")
    return pinned.uri


def _require_rows(pinned: Pinned, last: Description, address: str) -> None:
    if not pinned.is_empty_increment:
        return
    name = f"{last.registered.group}/{last.registered.version}"
    raise RequestError(
        Problem(
            f"nothing was appended since {name} was trained "
            f"(snapshot {last.properties['data_snapshot_to']}).",
            address,
            f"Append a batch ({_SAMPLE}), or train on all rows with --window all.",
        )
    )


def last_of_table(registry: Registry, use_case: UseCase, address: str) -> Description | None:
    """Return the newest version that was trained on a table; its snapshot is the watermark."""
    from penstock.data.lineage import known, table_label
    from penstock.data.pinning import table_uri

    table = table_label(table_uri(address))
    for each in reversed(registry.versions(use_case.group)):
        described = registry.describe(use_case.group, each.version)
        facts = described.properties
        if facts.get("data_table") == table and known(facts.get("data_snapshot_to", "")):
            return described
    return None


def _registry(request: RunRequest) -> Registry:
    from penstock.registry import default_uri, open_registry

    return open_registry(request.registry or default_uri())
