"""What a run needs of this machine is asked for once."""

import pytest

from penstock.errors import RequestError
from penstock.targets.local.images import Images
from penstock.targets.local.references import Scope
from penstock.targets.local.requirements import require_stand_ins
from penstock.targets.local.structure import read_definition


def test_an_image_that_several_steps_use_is_asked_for_once() -> None:
    def step(name: str, image: str) -> dict[str, object]:
        arguments = {"AppSpecification": {"ImageUri": image}}
        return {"Name": name, "Type": "Processing", "Arguments": arguments}

    definition = read_definition(
        {"Steps": [step("one", "tool:1"), step("two", "tool:2"), step("three", "tool:1")]}
    )
    with pytest.raises(RequestError) as refused:
        require_stand_ins(definition, Images({"tool:2": "env"}, frozenset()), {}, Scope({}, {}))
    assert str(refused.value) == (
        "steps one, three: this machine has nothing that stands for the image tool:1. Say which "
        "command does: --image tool:1=COMMAND, such as --image tool:1=python3 for its own entry "
        "point under this Python."
    )
