"""`pipeline compile`: what a target would receive, as a file."""

from __future__ import annotations

import click

from penstock.cli.session import Session, common_options

EPILOG = (
    "Example: pipeline compile training --use-case fraud --target sagemaker --output fraud.json"
)


@click.command(
    "compile",
    short_help="Write what SageMaker Pipelines or Kubeflow would receive.",
    epilog=EPILOG,
)
@click.argument("name", required=False)
@click.option(
    "--use-case", default="fraud", show_default=True, help="Name or folder of a use case."
)
@click.option("--from-ir", metavar="FILE", help="Lower a compiled KFP pipeline instead of a name.")
@click.option(
    "--target",
    type=click.Choice(["sagemaker", "kubeflow", "ir"]),
    default="sagemaker",
    show_default=True,
    help="`ir` keeps the settings of every platform; `kubeflow` only what its backend takes.",
)
@click.option("--task-image", metavar="IMAGE", help="Image of our tasks (kubeflow and ir).")
@click.option("--output", metavar="FILE", help="Write to FILE, not to standard output.")
@common_options
@click.pass_obj
def command(
    session: Session,
    *,
    name: str | None,
    use_case: str,
    from_ir: str | None,
    target: str,
    task_image: str | None,
    output: str | None,
) -> int:
    """Write what SageMaker Pipelines or Kubeflow would receive.

    The same sources give the same bytes, on every machine. NAME is a pipeline of the project, such
    as `training`. Code assets of foreign components are written beside FILE, below FILE.assets/.
    """
    from penstock.cli.boundary import WORKED
    from penstock.cli.product import compiled_product
    from penstock.cli.writing import write_out
    from penstock.errors import Problem, RequestError

    if (name is None) == (from_ir is None):
        raise RequestError(
            Problem(
                "give the name of a pipeline or --from-ir FILE, not both."
                if name
                else "give the name of a pipeline, or --from-ir FILE.",
                remedy="See: pipeline compile --help",
            )
        )
    if task_image and target == "sagemaker":
        raise RequestError(
            Problem(
                "the image is a parameter of a SageMaker definition, not a part of it.",
                "--task-image",
                "Give it when the pipeline is started: --set Image=IMAGE.",
            )
        )
    product = compiled_product(name, use_case, from_ir, target, task_image)
    if output:
        for path, content in product.assets.items():
            product.write_asset(output, path, content)
    if not session.json:
        write_out(product.text, output)
        return WORKED
    import hashlib
    import json

    if output:
        write_out(product.text, output)
    document = {
        "target": target,
        "output": output,
        "sha256": hashlib.sha256(product.text.encode()).hexdigest(),
        "bytes": len(product.text.encode()),
        "assets": sorted(product.assets),
    }
    if output is None:
        document["definition"] = product.text
    click.echo(json.dumps(document, indent=2))
    return WORKED
