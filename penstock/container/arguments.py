"""The adapter's command line.

    processing|training
        --component components/train.py:train   a function of this project
        --task FOLDER                           or: a task's command, as FOLDER/task.json has it
        --string|--integer|--double|--boolean NAME=VALUE
        --list|--struct|--json NAME=VALUE
        --optional KIND:NAME=VALUE              an empty VALUE means: leave the parameter out
        --template NAME=TEXT                    with {{PART}} for the value called PART
        --received NAME:KIND=INPUT:OUTPUT       an output value of another step
        --artifact NAME:SCHEMA=INPUT            INPUT#MEMBER for a folder within an archive,
                                                INPUT/ for the folder itself, whatever it holds
        --artifacts NAME=COUNT                  a list; its members are NAME[0], NAME[1], ...
        --imported NAME:SCHEMA                  its URI is the value NAME#uri
        --output NAME:SCHEMA  --returns NAME:KIND
        --constants INPUT                       values too long for an argument:
        INPUT/constants.json

A NAME may end in `[0]` or `["key"]`: a part of a list or object that another argument gave. In a
training job `=VALUE` is left out, because the hyperparameter NAME holds the value.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from penstock.container.failures import AdapterError

VERBS = ("processing", "training")
KINDS = ("string", "integer", "double", "boolean", "list", "struct", "json")


@dataclass
class Given:
    """One value as the command line has it: its kind and its text."""

    kind: str
    text: str
    optional: bool = False
    template: bool = False


@dataclass
class Received:
    """One output value of another step."""

    kind: str
    source: str
    output: str


@dataclass
class ArtifactSource:
    """Where an input artifact is: an input and, if that holds an archive, a member of it."""

    schema_title: str
    source: str = ""
    member: str = ""
    imported: bool = False


@dataclass
class Arguments:
    """The parsed command line."""

    verb: str
    component: str = ""
    task: str = ""
    constants: str = ""
    values: dict[str, Given] = field(default_factory=dict)
    received: dict[str, Received] = field(default_factory=dict)
    artifacts: dict[str, ArtifactSource] = field(default_factory=dict)
    artifact_lists: dict[str, int] = field(default_factory=dict)
    uris: dict[str, str] = field(default_factory=dict)
    outputs: dict[str, str] = field(default_factory=dict)
    returns: dict[str, str] = field(default_factory=dict)


def parse_arguments(argv: list[str], hyperparameters: dict[str, str]) -> Arguments:
    """Parse the command line.

    Args:
        argv: Without the program.
        hyperparameters: Of a training job; empty otherwise.
    Raises:
        AdapterError: The verb or a flag is unknown, or a value is missing.
    """
    if not argv or argv[0] not in VERBS:
        said = f"`{argv[0]}` is no kind of job" if argv else "no kind of job is named"
        raise AdapterError(f"{said}. Use one of: {', '.join(VERBS)}.")
    parsed = Arguments(verb=argv[0])
    rest = argv[1:]
    if len(rest) % 2:
        raise AdapterError(f"the argument `{rest[-1]}` has no value.")
    for index in range(0, len(rest), 2):
        _take(parsed, rest[index], rest[index + 1], hyperparameters)
    if bool(parsed.component) == bool(parsed.task):
        raise AdapterError("name either a function with --component or a task with --task.")
    return parsed


def _take(parsed: Arguments, flag: str, value: str, hyperparameters: dict[str, str]) -> None:
    word = flag[2:] if flag.startswith("--") else ""
    if word in KINDS:
        name, text = _named(parsed, flag, value, hyperparameters)
        parsed.values[name] = Given(word, text)
    elif word == "template":
        name, text = _named(parsed, flag, value, hyperparameters)
        parsed.values[name] = Given("string", text, template=True)
    elif word == "optional":
        kind, rest = value.split(":", 1) if ":" in value else ("string", value)
        name, text = _named(parsed, flag, rest, hyperparameters)
        parsed.values[name] = Given(kind, text, optional=True)
    elif word == "received":
        name, place = _split(flag, value, "=")
        source, output = _split(flag, place, ":")
        name, kind = _typed(name)
        parsed.received[name] = Received(kind, source, output)
    elif word == "artifact":
        name, place = _split(flag, value, "=")
        source, _, member = place.partition("#")
        name, schema = _typed(name)
        parsed.artifacts[name] = ArtifactSource(schema, source, member)
    elif word == "imported":
        name, schema = _typed(value)
        parsed.artifacts[name] = ArtifactSource(schema, imported=True)
    elif word == "artifacts":
        name, count = _split(flag, value, "=")
        parsed.artifact_lists[name] = int(count)
    elif word == "output":
        name, schema = _typed(value)
        parsed.outputs[name] = schema
    elif word == "returns":
        name, kind = _typed(value)
        parsed.returns[name] = kind
    elif word in ("component", "task", "constants"):
        setattr(parsed, word, value)
    else:
        raise AdapterError(f"the argument `{flag}` is unknown.")


def _named(
    parsed: Arguments, flag: str, value: str, hyperparameters: dict[str, str]
) -> tuple[str, str]:
    if parsed.verb == "training":
        if value not in hyperparameters:
            raise AdapterError(f"the job has no hyperparameter `{value}`.")
        return value, hyperparameters[value]
    return _split(flag, value, "=")


def _split(flag: str, value: str, mark: str) -> tuple[str, str]:
    name, found, rest = value.partition(mark)
    if not found:
        raise AdapterError(f"the argument `{flag} {value}` has no `{mark}`.")
    return name, rest


def _typed(value: str) -> tuple[str, str]:
    name, _, kind = value.partition(":")
    return name, kind
