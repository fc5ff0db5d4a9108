import sys

import pytest

from penstock.errors import StepError
from penstock.targets.local.images import Images

OURS = "penstock:0.1.0"


def images(**commands: str) -> Images:
    return Images(commands, frozenset({OURS}))


def message_of(images: Images, image: str, entry_point: tuple[str, ...] = ()) -> str:
    with pytest.raises(StepError) as caught:
        images.command(image, entry_point, ())
    return str(caught.value)


def test_ours_runs_under_this_python() -> None:
    assert images().command(OURS, ["python3", "-m", "x"], ["a b"]) == (
        sys.executable,
        "-m",
        "x",
        "a b",
    )
    assert images().command(OURS, ["sh", "-c"], ["ls"]) == ("sh", "-c", "ls")


@pytest.mark.parametrize("python", ["python", "python3"])
def test_a_users_python_is_this_one(python: str) -> None:
    assert images(theirs=python).command("theirs", ["python", "run.py"], []) == (
        sys.executable,
        "run.py",
    )


@pytest.mark.parametrize(
    ("entry_point", "command"),
    [
        (["python3", "run.py"], ("/opt/their python/bin", "-u", "run.py", "train")),
        (["run.sh"], ("/opt/their python/bin", "-u", "run.sh", "train")),
        ([], ("/opt/their python/bin", "-u", "train")),
    ],
)
def test_a_users_command_takes_the_place_of_python(
    entry_point: list[str], command: tuple[str, ...]
) -> None:
    theirs = images(theirs="'/opt/their python/bin' -u")
    assert theirs.command("theirs", entry_point, ["train"]) == command


def test_a_users_command_stands_before_what_is_ours() -> None:
    found = Images({OURS: "env -i"}, frozenset({OURS})).command(OURS, ["python3", "x"], [])
    assert found == ("env", "-i", "x")


def test_an_image_that_nothing_stands_for_is_told_with_the_option() -> None:
    problem = images().problem("123.dkr/xgb: 1", "step Train")
    assert str(problem) == (
        "step Train: this machine has nothing that stands for the image 123.dkr/xgb: 1. Say which"
        " command does: --image '123.dkr/xgb: 1'=COMMAND, such as"
        " --image '123.dkr/xgb: 1'=python3 for its own entry point under this Python."
    )
    assert message_of(images(), "123.dkr/xgb: 1") == str(images().problem("123.dkr/xgb: 1", ""))


def test_an_image_that_can_run_has_no_problem() -> None:
    assert images(theirs="python3").problem("theirs", "step Train") is None
    assert images().problem(OURS, "step Train") is None


@pytest.mark.parametrize(
    ("command", "fault"), [("'sh", "cannot be read: No closing quotation"), ("  ", "is empty")]
)
def test_a_command_that_is_none_is_told(command: str, fault: str) -> None:
    told = f"the command for the image theirs {fault}. Write --image theirs=COMMAND as in a shell."
    assert str(images(theirs=command).problem("theirs", "step A")) == f"step A: {told}"
    assert message_of(images(theirs=command), "theirs") == told


def test_ours_needs_an_entry_point() -> None:
    assert message_of(images(), OURS) == (
        "the image penstock:0.1.0 is ours and has no entry point of its own."
        " Give the step a ContainerEntrypoint."
    )
