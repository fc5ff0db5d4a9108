"""Reads a Dockerfile: the instructions that ours uses, and no others."""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path

KNOWN = ("ARG", "FROM", "ENV", "WORKDIR", "RUN", "COPY", "USER", "ENTRYPOINT")
_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")


@dataclass(frozen=True)
class Instruction:
    word: str
    text: str


@dataclass
class Stage:
    """One `FROM` and what follows it."""

    base: str
    name: str
    instructions: list[Instruction] = field(default_factory=list)

    def texts(self, word: str) -> list[str]:
        return [each.text for each in self.instructions if each.word == word]


@dataclass
class Dockerfile:
    """The stages, and the arguments before the first of them with their defaults."""

    arguments: dict[str, str]
    stages: list[Stage]


def read_dockerfile(file: Path) -> Dockerfile:
    arguments: dict[str, str] = {}
    stages: list[Stage] = []
    for word, text in _instructions(file.read_text()):
        if word not in KNOWN:
            raise ValueError(f"{file}: the instruction {word} is not known here.")
        if word == "FROM":
            base, _, name = text.partition(" AS ")
            stages.append(Stage(expanded(base, arguments), name.strip()))
        elif stages:
            stages[-1].instructions.append(Instruction(word, text))
        else:
            name, _, value = text.partition("=")
            arguments[name] = value
    return Dockerfile(arguments, stages)


def expanded(text: str, variables: dict[str, str]) -> str:
    return _VARIABLE.sub(lambda match: variables.get(match[1] or match[2], ""), text)


def words(text: str) -> list[str]:
    """Return the words of ENTRYPOINT in its exec form."""
    return list(json.loads(text))


def _instructions(text: str) -> list[tuple[str, str]]:
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    found = []
    for line in filter(None, map(str.strip, joined.splitlines())):
        word, _, rest = line.partition(" ")
        found.append((word.upper(), rest.strip()))
    return found
