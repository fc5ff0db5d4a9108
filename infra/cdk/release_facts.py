"""Pipelines and use cases as a release pins them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from infra.cdk.inputs import Pipeline, Start, UseCaseFacts
from penstock.release import Release
from penstock.use_case import UseCase, parse_use_case


def pipelines_of(release: Release) -> Sequence[Pipeline]:
    """Return the pipelines of a release by name."""
    return [
        Pipeline(each.name, each.use_case, each.pipeline, release.definition(each.name))
        for each in release.manifest.pipelines
    ]


def commit_of(release: Release) -> str:
    """Return the commit of a release as tags have it."""
    return f"{release.commit}-dirty" if release.dirty else release.commit


def use_cases_of(release: Release) -> Mapping[str, UseCaseFacts]:
    """Return the use cases whose pipelines a release holds, by name."""
    names = sorted({each.use_case for each in release.manifest.pipelines})
    return {name: _facts(_read(release, name)) for name in names}


def _read(release: Release, name: str) -> UseCase:
    folder = f"use_cases/{name}/"
    return parse_use_case(
        release.files[f"{folder}use_case.yaml"].decode(),
        file=f"{release.where}!{folder}use_case.yaml",
        has_sql=f"{folder}features.sql" in release.files,
        has_rows_sql=f"{folder}rows.sql" in release.files,
    )


def _facts(use_case: UseCase) -> UseCaseFacts:
    starts = {
        pipeline: _start(schedule.at, schedule.cron, schedule.depends_on, use_case)
        for pipeline, schedule in sorted(use_case.schedule.items())
    }
    # What a use case makes itself lies on the machine of whoever ran it.
    source = "" if use_case.source.generator else use_case.source.uri
    tables = tuple(table.table or name for name, table in sorted(use_case.tables.items()))
    return UseCaseFacts(
        use_case.name,
        use_case.group,
        source,
        tuple(use_case.inference.sinks),
        starts,
        tables,
        incremental=use_case.source.window.rows == "incremental",
    )


def _start(at: str, cron: str, after: Sequence[str], use_case: UseCase) -> Start:
    if at:
        hour, minute = at.split(":")
        return Start(f"cron({int(minute)} {int(hour)} * * ? *)", use_case.time_zone)
    if cron:
        return Start(f"cron({cron})", use_case.time_zone)
    return Start("", use_case.time_zone, tuple(f"{use_case.group}-{each}" for each in after))
