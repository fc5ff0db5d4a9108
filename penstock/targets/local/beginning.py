"""Write what a run starts with."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

from penstock.errors import WorkError
from penstock.targets.local.definition import Definition
from penstock.targets.local.journal import Journal
from penstock.targets.local.result import StepRun
from penstock.targets.local.state import (
    DEFINITION_FILE,
    JOURNAL_FILE,
    STEP_ENDED,
    RunFacts,
    ended_facts,
    unwritable,
    write_facts,
    write_whole,
)

ASSETS = "code"


def begin_run(
    folder: Path,
    definition: Definition,
    facts: RunFacts,
    assets: Mapping[str, bytes],
    taken: Mapping[str, StepRun],
) -> Journal:
    """Write what a run starts with; its facts last, as they make it a run.

    Raises:
        WorkError: The disk does not take it; nothing of it stays.
    """
    try:
        folder.mkdir(parents=True)
        write_whole(folder / DEFINITION_FILE, json.dumps(definition.document).encode())
        for name, content in assets.items():
            place = folder / ASSETS / name
            place.parent.mkdir(parents=True, exist_ok=True)
            write_whole(place, content)
        journal = Journal(folder / JOURNAL_FILE)
        try:
            for run in taken.values():
                journal.write(STEP_ENDED, **ended_facts(run))
            write_facts(folder, facts)
        except BaseException:
            journal.close()
            raise
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise WorkError(unwritable(error, folder)) from error
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return journal
