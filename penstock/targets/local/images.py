"""Which command stands for an image."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

from penstock.errors import Problem, StepError

_PYTHON = ("python", "python3")


@dataclass(frozen=True, slots=True)
class Images:
    """The images of a run.

    Attributes:
        commands: By image, the command that the user gives for it.
        ours: Images whose contents are this project: they run by this Python.
    """

    commands: Mapping[str, str]
    ours: Set[str]

    def problem(self, image: str, where: str) -> Problem | None:
        """Return why an image cannot run here, if it cannot."""
        if image in self.commands:
            return self._command_problem(image, where)
        if image in self.ours:
            return None
        return Problem(
            f"this machine has nothing that stands for the image {image}.",
            where,
            f"Say which command does: --image {shlex.quote(image)}=COMMAND, such as "
            f"--image {shlex.quote(image)}=python3 for its own entry point under this Python.",
        )

    def command(
        self, image: str, entry_point: Sequence[str], arguments: Sequence[str]
    ) -> tuple[str, ...]:
        """Return the command line of a container.

        A user's command takes the place of an entry point's `python` or `python3`, stands before
        any other entry point, and is the entry point where there is none.

        Raises:
            StepError: Nothing that can be run stands for the image, or ours is asked to run
                without an entry point.
        """
        problem = self.problem(image, "")
        if problem is not None:
            raise StepError(problem)
        if image in self.commands:
            command = shlex.split(self.commands[image])
            if command in (["python3"], ["python"]):
                command = [sys.executable]
            if entry_point and entry_point[0] in _PYTHON:
                return (*command, *entry_point[1:], *arguments)
            return (*command, *entry_point, *arguments)
        if not entry_point:
            raise StepError(
                Problem(
                    f"the image {image} is ours and has no entry point of its own.",
                    remedy="Give the step a ContainerEntrypoint.",
                )
            )
        if entry_point[0] in _PYTHON:
            return (sys.executable, *entry_point[1:], *arguments)
        return (*entry_point, *arguments)

    def _command_problem(self, image: str, where: str) -> Problem | None:
        remedy = f"Write --image {shlex.quote(image)}=COMMAND as in a shell."
        try:
            parts = shlex.split(self.commands[image])
        except ValueError as error:
            return Problem(
                f"the command for the image {image} cannot be read: {error}.", where, remedy
            )
        if not parts:
            return Problem(f"the command for the image {image} is empty.", where, remedy)
        return None
