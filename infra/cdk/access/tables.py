"""Rights to the Iceberg tables that pipelines of an account read, where their catalog is Glue."""

from __future__ import annotations

from collections.abc import Iterator

from infra.cdk.inputs import Inputs
from infra.cdk.naming import Names, bucket_arn, bucket_of, prefix_of
from infra.cdk.statements import Statement, allow
from penstock.data.address import Address
from penstock.data.iceberg.naming import table_identifier


def file_statements(inputs: Inputs, names: Names) -> Iterator[Statement]:
    """Yield what reading the rows of the tables takes."""
    for index, address in enumerate(inputs.glue_tables(names)):
        warehouse = address.options["warehouse"]
        place, prefix = bucket_arn(bucket_of(warehouse)), prefix_of(warehouse)
        yield _entry(index, address, names)
        yield allow(f"Table{index}Files", ["s3:GetObject"], [f"{place}/{prefix}*"])


def snapshot_statements(inputs: Inputs, names: Names) -> Iterator[Statement]:
    """Yield what telling the tables' current snapshots takes."""
    for index, address in enumerate(inputs.glue_tables(names)):
        warehouse = address.options["warehouse"]
        place, prefix = bucket_arn(bucket_of(warehouse)), prefix_of(warehouse)
        yield _entry(index, address, names)
        yield allow(f"Table{index}State", ["s3:GetObject"], [f"{place}/{prefix}*/metadata/*"])


def _entry(index: int, address: Address, names: Names) -> Statement:
    *namespace, table = table_identifier(address)
    database = ".".join(namespace)
    resources = ["catalog", f"database/{database}", f"table/{database}/{table}"]
    return allow(
        f"Table{index}", ["glue:GetTable"], [names.arn("glue", each) for each in resources]
    )
