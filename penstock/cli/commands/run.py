"""`pipeline run`: a pipeline on this machine, or on a Kubeflow server."""

from __future__ import annotations

from typing import Any

import click

from penstock.cli.session import Session, common_options

EPILOG = """\b
Example: pipeline run training --use-case fraud
         pipeline run training --source /data/transactions --set seed=7
         pipeline run --definition definition.json --image registry/tool:1=python3
         pipeline run --resume
         pipeline run training --then inference
         pipeline run inference --from 2018-08-10 --to 2018-08-14
         pipeline run inference --model 4 --trial
         pipeline run training --target kubeflow --host URL --source s3://bucket/rows
"""


@click.command(
    "run",
    short_help="Run a pipeline on this machine as SageMaker would run it.",
    epilog=EPILOG,
)
@click.argument("name", required=False)
@click.option(
    "--use-case", default="fraud", show_default=True, help="Name or folder of a use case."
)
@click.option("--definition", metavar="FILE", help="Run a SageMaker definition, whoever wrote it.")
@click.option("--from-ir", metavar="FILE", help="Lower and run a compiled KFP pipeline.")
@click.option(
    "--source",
    metavar="DIR|URI",
    help="File, folder, glob or s3:// address of the rows. Without it: the use case's own source, "
    "or rows that its generator writes once below .penstock/data/.",
)
@click.option(
    "--set", "settings", metavar="NAME=VALUE", multiple=True, help="Set a parameter; repeatable."
)
@click.option(
    "--image",
    "images",
    metavar="IMAGE=COMMAND",
    multiple=True,
    help="Which command here stands for an image that is not ours; repeatable.",
)
@click.option(
    "--resume",
    is_flag=False,
    flag_value="latest",
    metavar="[EXECUTION]",
    help="Go on with a run that was stopped or failed; without a name, with the latest.",
)
@click.option(
    "--then",
    metavar="PIPELINE",
    multiple=True,
    help="Run this pipeline as well once the one before has succeeded; repeatable.",
)
@click.option(
    "--window",
    metavar="all|incremental|DAYS",
    help="Training: which rows; 28d: days up to the newest row. Default: the use case's.",
)
@click.option(
    "--as-of",
    metavar="SNAPSHOT|TIME",
    help="Read the Iceberg table as it was at a snapshot or a time.",
)
@click.option(
    "--date",
    metavar="DAY",
    help="Inference: the day to decide for, such as 2018-08-15. Default: the newest.",
)
@click.option("--from", "first", metavar="DAY", help="Inference: every day from this one on, ...")
@click.option("--to", "last", metavar="DAY", help="... to this one. Days that are done are passed.")
@click.option("--again", is_flag=True, help="With --from: also days that are done.")
@click.option(
    "--model",
    metavar="VERSION",
    help="Inference: 3, fraud/3 or live. Default: live, the version that is approved.",
)
@click.option(
    "--trial",
    is_flag=True,
    help="Inference: take a version that is not approved as well; the sinks stay as they are.",
)
@click.option(
    "--stage",
    default="local",
    show_default=True,
    help="Inference: where the model must be approved. Training: whose model is the champion.",
)
@click.option("--reason", default="", metavar="TEXT", help="Training: why, for the evidence.")
@click.option(
    "--reference",
    metavar="EXECUTION",
    help="With --from-step: the run to take the steps before it from.",
)
@click.option("--from-step", metavar="STEP", help="Run again from STEP; take the rest from before.")
@click.option("--no-cache", is_flag=True, help="Run every step, also those with known inputs.")
@click.option(
    "--artifacts", metavar="URI", help="Where artifacts go: file:///DIR or s3://BUCKET/DIR."
)
@click.option(
    "--registry", metavar="URI", help="MLflow registry, such as sqlite:////DIR/mlflow.db."
)
@click.option(
    "--target", type=click.Choice(["local", "kubeflow"]), default="local", show_default=True
)
@click.option("--host", metavar="URL", help="Kubeflow: address of the server.")
@click.option("--namespace", metavar="NAME", default="", help="Kubeflow: profile to run in.")
@click.option("--task-image", metavar="IMAGE", help="Kubeflow: image of our tasks.")
@click.option("--follow", is_flag=True, help="Kubeflow: wait for the run to end.")
@click.option("--quiet", "-q", is_flag=True, help="Show the summary only.")
@common_options
@click.pass_obj
def command(session: Session, /, **options: Any) -> int:
    """Run a pipeline on this machine as SageMaker would run it.

    NAME is a pipeline of the project, such as `training`. What runs is the definition that
    SageMaker Pipelines would receive: each job is an isolated process under SageMaker's container
    contract. Steps whose inputs are known from an earlier run come from the cache. State, logs and
    artifacts are kept below .penstock/ in the working directory. On Kubeflow,
    PENSTOCK_KUBEFLOW_TOKEN holds the token of a server that asks for one. Exit code 1: the run
    failed.
    """
    if options["target"] == "kubeflow":
        return _on_kubeflow(session, options)
    return _here(session, options)


def _here(session: Session, options: dict[str, Any]) -> int:
    from penstock.cli.run_request import RunRequest, check_request, read_images

    request = RunRequest(
        name=options["name"],
        use_case=options["use_case"],
        definition=options["definition"],
        from_ir=options["from_ir"],
        source=options["source"],
        settings=options["settings"],
        images=read_images(options["images"]),
        resume=options["resume"],
        from_step=options["from_step"],
        cache=not options["no_cache"],
        artifacts=options["artifacts"],
        registry=options["registry"],
        quiet=options["quiet"],
        json=session.json,
        window=options["window"],
        as_of=options["as_of"],
        date=options["date"],
        model=options["model"],
        reference=options["reference"],
        stage=options["stage"],
        trial=options["trial"],
        reason=options["reason"],
    )
    check_request(request)
    if any(options[name] for name in ("then", "first", "last", "again")):
        from penstock.cli.several_runs import Series, run_series

        series = Series(options["then"], options["first"], options["last"], options["again"])
        return run_series(request, series)
    from penstock.cli.local_run import run_here

    return run_here(request)


def _on_kubeflow(session: Session, options: dict[str, Any]) -> int:
    from penstock.cli.boundary import WORKED
    from penstock.cli.kubeflow_run import KubeflowRequest, check_options, run_on_kubeflow

    check_options(options)
    request = KubeflowRequest(
        name=options["name"],
        use_case=options["use_case"],
        from_ir=options["from_ir"],
        source=options["source"],
        settings=options["settings"],
        host=options["host"],
        namespace=options["namespace"],
        task_image=options["task_image"],
        follow=options["follow"],
    )
    silent = session.json or options["quiet"]
    facts = run_on_kubeflow(request, (lambda _: None) if silent else click.echo)
    if session.json:
        import json

        click.echo(json.dumps(facts, indent=2))
    return WORKED
