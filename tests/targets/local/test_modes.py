"""What this machine has not is refused before the run where it can be told, else by the step."""

from __future__ import annotations

import pytest

from penstock.errors import DefinitionError
from penstock.targets.local.events import Notice
from penstock.targets.local.modes import host_count


def test_every_mode_that_this_machine_has_not_is_refused_at_once(bench, build):
    one = build.processing("one", inputs={"x": bench.put("list.manifest", "[]")})
    one["Arguments"]["ProcessingInputs"][0]["S3Input"] |= {
        "S3DataType": "ManifestFile",
        "S3InputMode": "Pipe",
        "S3CompressionType": "Gzip",
    }
    one["Arguments"]["ProcessingOutputConfig"]["Outputs"].append(
        {"OutputName": "features", "FeatureStoreOutput": {"FeatureGroupName": "any"}}
    )
    two = build.training("two", channels={"data": bench.put("a.csv", "1")})
    two["Arguments"]["AlgorithmSpecification"]["TrainingInputMode"] = "Pipe"
    two["Arguments"]["InputDataConfig"][0] |= {
        "CompressionType": "Gzip",
        "RecordWrapperType": "RecordIO",
    }
    source = two["Arguments"]["InputDataConfig"][0]["DataSource"]["S3DataSource"]
    source["S3DataType"] = "AugmentedManifestFile"
    two["Arguments"]["OutputDataConfig"]["CompressionType"] = "NONE"
    with pytest.raises(DefinitionError) as refused:
        bench.run(one, two)
    given = "ProcessingInputs[0].S3Input"
    assert str(refused.value).splitlines() == [
        f"step one: {given}.S3DataType is ManifestFile, which this machine has not. Use S3Prefix.",
        f"step one: {given}.S3InputMode is Pipe, which this machine has not. Use File.",
        f"step one: {given}.S3CompressionType is Gzip, which this machine has not. Use None.",
        "step one: this machine has no ProcessingOutputConfig.Outputs[1].FeatureStoreOutput. "
        "Leave it out.",
        "step two: AlgorithmSpecification.TrainingInputMode is Pipe, which this machine has not. "
        "Use File or FastFile.",
        "step two: InputDataConfig[0].CompressionType is Gzip, which this machine has not. "
        "Use None.",
        "step two: InputDataConfig[0].DataSource.S3DataSource.S3DataType is "
        "AugmentedManifestFile, which this machine has not. Use S3Prefix.",
        "step two: InputDataConfig[0].RecordWrapperType is RecordIO, which this machine has not. "
        "Use None.",
        "step two: OutputDataConfig.CompressionType is NONE, which this machine has not. Use GZIP.",
    ]
    assert not (bench.home / "runs").exists()


def test_a_mode_that_a_parameter_gives_fails_its_step(bench, build):
    step = build.processing("one", inputs={"x": bench.put("a", "1")})
    step["Arguments"]["ProcessingInputs"][0]["S3Input"]["S3InputMode"] = build.get(
        "Parameters.mode"
    )
    good = bench.run(step, declared={"mode": "File"})
    assert good.steps["one"].status.value == "succeeded"
    bad = bench.run(step, declared={"mode": "Pipe"})
    assert bad.steps["one"].failure_reason == (
        "ProcessingInputs[0].S3Input.S3InputMode is Pipe, which this machine has not. Use File."
    )


def test_several_hosts_are_told_to_be_one(bench, build):
    step = build.processing("one")
    step["Arguments"]["ProcessingResources"]["ClusterConfig"]["InstanceCount"] = build.get(
        "Parameters.hosts"
    )
    for hosts in (1, 3):
        assert bench.run(step, declared={"hosts": hosts}).steps["one"].failure_reason is None
    assert [event for event in bench.events if isinstance(event, Notice)] == [
        Notice("it asks for 3 hosts and runs on this one.", "one")
    ]


@pytest.mark.parametrize(
    ("arguments", "hosts"),
    [
        ({}, 1),
        ({"ResourceConfig": {"InstanceCount": 2}}, 2),
        ({"ProcessingResources": {"ClusterConfig": {"InstanceCount": 4}}}, 4),
    ],
)
def test_the_hosts_of_a_job_are_read_where_its_kind_has_them(arguments, hosts):
    assert host_count(arguments) == hosts
