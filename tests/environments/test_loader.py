"""`environments.yaml` is read into frozen settings, or every mistake is told with its line."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.environments import load_environments, parse_environments
from penstock.errors import RequestError

DIGEST = "0123456789abcdef" * 4
DEV = f"""\
environments:
  dev:
    account: "111111111111"
    region: eu-west-1
    role: arn:aws:iam::111111111111:role/penstock-execution
    artifacts: s3://penstock-dev-artifacts
    image: 111111111111.dkr.ecr.eu-west-1.amazonaws.com/penstock@sha256:{DIGEST}
    records: penstock-deployments
"""
PROD = f"""\
  prod:
    account: "222222222222"
    region: eu-west-1
    role: arn:aws:iam::222222222222:role/penstock-execution
    artifacts: s3://penstock-prod-artifacts
    image: penstock@sha256:{DIGEST}
    records: penstock-deployments
    approvers: [ben, cat]
"""


def problems_of(text: str) -> list[str]:
    with pytest.raises(RequestError) as raised:
        parse_environments(text, "environments.yaml")
    return [str(problem) for problem in raised.value.problems]


def test_settings_that_are_left_out_have_their_defaults() -> None:
    dev = parse_environments(DEV, "environments.yaml").get("dev")
    assert (dev.name, dev.kind) == ("dev", "dev")
    assert dev.code == "s3://penstock-dev-artifacts/code"
    assert (dev.releases, dev.registry, dev.ledger, dev.kms_key) == ("", "", "", "")
    assert (dev.subnets, dev.security_groups, dev.tags, dev.approvers) == ((), (), {}, ())
    assert (dev.schedule.enabled, dev.limits.parallel_steps) == (False, 8)


def test_the_parameters_of_a_definition_come_from_its_environment() -> None:
    dev = parse_environments(DEV, "environments.yaml").get("dev")
    assert dev.parameters == {
        "Image": f"111111111111.dkr.ecr.eu-west-1.amazonaws.com/penstock@sha256:{DIGEST}",
        "Role": "arn:aws:iam::111111111111:role/penstock-execution",
        "ArtifactRoot": "s3://penstock-dev-artifacts",
        "CodeRoot": "s3://penstock-dev-artifacts/code",
    }


def test_every_setting_is_read_as_it_stands() -> None:
    text = (
        DEV
        + """\
    code: s3://penstock-code/assets
    releases: s3://penstock-releases
    registry: sagemaker://eu-west-1?bucket=penstock-dev-artifacts
    ledger: dynamodb://penstock-approvals?bucket=penstock-ledger&key=alias/approvals
    kms_key: arn:aws:kms:eu-west-1:333333333333:key/1234abcd-12ab-34cd-56ef-1234567890ab
    subnets: [subnet-0123456789abcdef0, subnet-01234567]
    security_groups: [sg-01234567]
    vpc: 10.20.0.0/22
    endpoints: [secretsmanager, ecr.api]
    tags: {owner: machine learning, cost centre: "4711"}
    schedule:
      enabled: true
      role: arn:aws:iam::111111111111:role/penstock-scheduler
      dead_letters: arn:aws:sqs:eu-west-1:111111111111:penstock-failed-starts
    approvers: [ben]
    limits: {parallel_steps: 20}
"""
    )
    dev = parse_environments(text, "environments.yaml").get("dev")
    assert dev.code == "s3://penstock-code/assets"
    assert dev.releases == "s3://penstock-releases"
    assert dev.registry == "sagemaker://eu-west-1?bucket=penstock-dev-artifacts"
    assert dev.ledger == (
        "dynamodb://penstock-approvals?bucket=penstock-ledger&key=alias/approvals"
    )
    assert dev.kms_key.endswith("1234567890ab")
    assert dev.subnets == ("subnet-0123456789abcdef0", "subnet-01234567")
    assert (dev.security_groups, dev.vpc) == (("sg-01234567",), "10.20.0.0/22")
    assert dev.endpoints == ("secretsmanager", "ecr.api")
    assert dict(list(dev.parameters.items())[4:]) == {
        "SubnetOne": "subnet-0123456789abcdef0",
        "SubnetTwo": "subnet-01234567",
        "SecurityGroup": "sg-01234567",
    }
    assert dev.tags == {"owner": "machine learning", "cost centre": "4711"}
    assert (dev.schedule.enabled, dev.approvers, dev.limits.parallel_steps) == (True, ("ben",), 20)
    assert dev.schedule.role == "arn:aws:iam::111111111111:role/penstock-scheduler"
    assert dev.schedule.dead_letters.endswith(":penstock-failed-starts")


def test_environments_are_iterated_in_the_order_of_the_file() -> None:
    environments = parse_environments(DEV + PROD, "environments.yaml")
    assert environments.names == ("dev", "prod")
    assert [each.name for each in environments] == ["dev", "prod"]


def test_tooling_needs_only_its_account_and_region() -> None:
    text = 'environments:\n  tooling: {account: "333333333333", region: eu-west-1}\n'
    tooling = parse_environments(text, "environments.yaml").get("tooling")
    assert (tooling.role, tooling.artifacts, tooling.code) == ("", "", "")


def test_an_unknown_environment_is_told_with_the_nearest_one() -> None:
    environments = parse_environments(DEV + PROD, "environments.yaml")
    with pytest.raises(RequestError) as raised:
        environments.get("prd")
    assert str(raised.value) == (
        "environments.yaml: there is no environment 'prd'. Did you mean prod? "
        "Use one of: dev, prod."
    )


def test_settings_cannot_be_changed() -> None:
    dev = parse_environments(DEV, "environments.yaml").get("dev")
    with pytest.raises(ValueError, match="frozen"):
        dev.account = "222222222222"  # type: ignore[misc]


def test_the_file_of_the_working_directory_is_the_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("environments.yaml").write_text(DEV)
    assert load_environments().get("dev").account == "111111111111"
    assert load_environments().place("dev", "records") == "environments.yaml:8"
    assert load_environments().place("dev", "ledger") == "environments.yaml:2"


def test_a_missing_file_says_how_to_begin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RequestError) as raised:
        load_environments()
    assert str(raised.value) == (
        "environments.yaml: there is no file of environments. Work in the project's root, or write "
        "the file: `pipeline schema environments` shows its keys."
    )


def test_a_file_of_another_encoding_is_told(tmp_path: Path) -> None:
    (tmp_path / "e.yaml").write_bytes(b"\xff\xfe")
    with pytest.raises(RequestError) as raised:
        load_environments(tmp_path / "e.yaml")
    assert str(raised.value) == f"{tmp_path}/e.yaml: the file is not UTF-8 text. Save it as UTF-8."


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (
            "account: 111111111111",
            "environments.yaml:3: account must be text, not 111111111111. Write it in quotes.",
        ),
        (
            'account: "1111"',
            "environments.yaml:3: account '1111' is no AWS account. "
            'Write its 12 digits in quotes, such as "111111111111".',
        ),
        (
            "region: Ireland",
            "environments.yaml:4: region 'Ireland' is no AWS Region. Write such as eu-west-1.",
        ),
        (
            "role: penstock-execution",
            "environments.yaml:5: role 'penstock-execution' is no ARN of a role. "
            "Write arn:aws:iam::ACCOUNT:role/NAME.",
        ),
        (
            "role: arn:aws:iam::222222222222:role/penstock-execution",
            "environments.yaml:5: the role is of account 222222222222, the environment of "
            "111111111111. Jobs run as a role of their own account: name one.",
        ),
        (
            "artifacts: s3://penstock-dev-artifacts/",
            "environments.yaml:6: artifacts 's3://penstock-dev-artifacts/' is no place in S3. "
            "Write s3://BUCKET or s3://BUCKET/PREFIX, without a slash at the end.",
        ),
        (
            "records: no table",
            "environments.yaml:8: records 'no table' is no name of a table. "
            "Use 3 to 255 letters, digits, dots, dashes, underscores.",
        ),
    ],
)
def test_a_wrong_setting_is_told_with_its_line(line: str, told: str) -> None:
    key = line.partition(":")[0]
    lines = [f"    {line}" if each.startswith(f"    {key}:") else each for each in DEV.splitlines()]
    assert problems_of("\n".join(lines)) == [told]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (
            "releases: penstock",
            "releases 'penstock' is no place in S3. "
            "Write s3://BUCKET or s3://BUCKET/PREFIX, without a slash at the end.",
        ),
        (
            "registry: https://ben:secret@host",
            "registry 'https://ben:secret@host' is no address of a registry. "
            "Use sagemaker://REGION?bucket=BUCKET, the http(s) address of an MLflow server without "
            "a password, or sqlite:///PATH/mlflow.db.",
        ),
        (
            "ledger: postgresql://host",
            "ledger 'postgresql://host' is no address of a ledger. "
            "Use dynamodb://TABLE?bucket=BUCKET&key=KMS_KEY, or sqlite:///PATH.",
        ),
        (
            "kms_key: my key",
            "kms_key 'my key' is no key of KMS. Write its id, alias/NAME or its ARN.",
        ),
        (
            "kms_key: arn:aws:kms:us-east-1:111111111111:alias/penstock",
            "the key is in us-east-1, the environment in eu-west-1. "
            "A key is used in its own Region: name one there.",
        ),
        (
            "subnets: [subnet-01234567]",
            "dev names subnets and no security_groups. Name both or neither.",
        ),
        (
            "subnets: [subnet-01234567]\n    security_groups: [sg-01234567]",
            "dev names 1 subnet; jobs run in 2, as a definition has as many everywhere. Name 2.",
        ),
        (
            "security_groups: [sg-01234567, sg-12345678]\n"
            "    subnets: [subnet-01234567, subnet-12345678]",
            "dev names 2 security groups; jobs run in 1, as a definition has as many everywhere. "
            "Name 1.",
        ),
        (
            "subnets: [subnet-01234567, subnet-01234567]\n    security_groups: [sg-01234567]",
            "dev names one subnet twice. Name two.",
        ),
        (
            "endpoints: [sts]",
            "dev names endpoints and no vpc to make them in. Add `vpc: 10.20.0.0/22`, or make them "
            "yourself.",
        ),
        (
            "endpoints: [sts, sts]\n    vpc: 10.20.0.0/22",
            "the endpoint of sts is there already. Leave it out.",
        ),
        (
            "endpoints: [s3]\n    vpc: 10.20.0.0/22",
            "the endpoint of s3 is there already. Leave it out.",
        ),
        (
            "endpoints: [Glue]",
            "endpoints 'Glue' is no name of a service. Write such as secretsmanager or ecr.api.",
        ),
        ("vpc: here", "vpc 'here' is no range of addresses. Write such as 10.20.0.0/22."),
        (
            "vpc: 10.20.0.1/22",
            "'10.20.0.1/22' is no range of addresses. Write its first address, such as "
            "10.20.0.0/22.",
        ),
        *(
            (
                f"vpc: {text}",
                f"the range {text} is no private one between /16 and /26. Write such as "
                "10.20.0.0/22.",
            )
            for text in ("10.0.0.0/8", "10.20.0.0/28", "52.0.0.0/20")
        ),
        ("subnets: subnet-01234567", "subnets must be a list, not 'subnet-01234567'."),
        (
            "subnets: [vpc-1]",
            "subnets 'vpc-1' is no subnet. Write such as subnet-0123456789abcdef0.",
        ),
        (
            "tags: {a|b: c}",
            "tags 'a|b' is no tag. Use letters, digits, spaces and _.:/=+-@: at "
            "most 128 in a key, 256 in a value.",
        ),
        ("tags: {size: 4}", "tags must be text, not 4. Write it in quotes."),
        (
            "tags: {role: 4}",
            "tags must be text, not 4. Write it in quotes.",
        ),
        (
            "tags: {'AWS:x': y}",
            "the tag 'AWS:x' begins with aws:, which is AWS's own. Give it another name.",
        ),
        ("schedule: {enabled: 1}", "enabled must be true or false, not 1."),
        (
            "schedule: {role: scheduler}",
            "role 'scheduler' is no ARN of a role. Write arn:aws:iam::ACCOUNT:role/NAME.",
        ),
        (
            "schedule: {role: 'arn:aws:iam::222222222222:role/x'}",
            "the role is of account 222222222222, the environment of 111111111111. "
            "Schedules start pipelines as a role of their own account: name one.",
        ),
        (
            "schedule: {dead_letters: 'arn:aws:sqs:eu-west-1:111111111111:x.fifo'}",
            "dead_letters 'arn:aws:sqs:eu-west-1:111111111111:x.fifo' is no ARN of a standard "
            "queue. Write arn:aws:sqs:REGION:ACCOUNT:NAME.",
        ),
        ("schedule:", "schedule must be a mapping of `key: value` lines; nothing stands there."),
        ("limits: {parallel_steps: 0}", "parallel_steps must be at least 1, not 0."),
        (
            "limits: {parallel: 3}",
            "'parallel' is not a setting here. Did you mean parallel_steps? "
            "Use one of: parallel_steps.",
        ),
        (
            "approvers: [ben, ben]",
            "the approver 'ben' stands here a second time. Remove one of the two.",
        ),
        (
            "approver: [ben]",
            "'approver' is not a setting here. Did you mean approvers? Use one of: account, "
            "region, role, artifacts, code, image, records, releases, registry, ledger, kms_key, "
            "subnets, security_groups, vpc, endpoints, tags, schedule, approvers, limits, sources, "
            "sinks, alarms, trust.",
        ),
        (
            "sources: {fraud: here}",
            "sources 'here' is no address. Write such as s3://BUCKET/PREFIX.",
        ),
        (
            "alarms: [ben]",
            "alarms 'ben' is no address of e-mail. Write such as operators@example.com.",
        ),
        (
            "trust: {approver_roles: [ben]}",
            "approver_roles 'ben' is no ARN of a role. Write arn:aws:iam::ACCOUNT:role/NAME.",
        ),
        ("account: ''", "'account' stands here a second time. Remove it or the one in line 3."),
    ],
)
def test_a_wrong_line_that_is_added_is_told(line: str, told: str) -> None:
    assert problems_of(f"{DEV}    {line}\n") == [f"environments.yaml:9: {told}"]


def test_subnets_are_named_everywhere_or_nowhere() -> None:
    network = (
        "    subnets: [subnet-00000001, subnet-00000002]\n    security_groups: [sg-00000001]\n"
    )
    tooling = '  tooling: {account: "333333333333", region: eu-west-1}\n'
    line = DEV.count("\n") + 3
    assert problems_of(DEV + network + PROD + tooling) == [
        f"environments.yaml:{line}: dev names subnets and prod none; a definition has them "
        "everywhere. Add `subnets` and `security_groups`."
    ]
    leading = "environments:\n" + tooling.replace("eu-west-1}", "eu-west-1, vpc: 10.20.0.0/22}")
    assert problems_of(leading) == ["environments.yaml:2: no job runs in tooling. Leave it out."]
    # Those are made first, and told by what is made.
    parse_environments(DEV + network + PROD + "    vpc: 10.20.0.0/22\n" + tooling, "e.yaml")
    parse_environments(DEV + network + PROD + network + tooling, "e.yaml")


def test_one_wrong_tag_does_not_hide_another() -> None:
    assert problems_of(f"{DEV}    tags: {{size: 4, penstock:owner: ben}}\n") == [
        "environments.yaml:9: tags must be text, not 4. Write it in quotes.",
        "environments.yaml:9: the tag 'penstock:owner' begins with penstock:, which is Penstock's "
        "own. Give it another name.",
    ]


@pytest.mark.parametrize("name", ["pre-prod", "prod", "prod-eu", "tooling"])
def test_a_tag_alone_names_no_image_that_is_promoted(name: str) -> None:
    text = PROD.replace(f"@sha256:{DIGEST}", ":1.0").replace("  prod:", f"  {name}:")
    assert problems_of(f"environments:\n{text}") == [
        f"environments.yaml:7: the image 'penstock:1.0' of {name} is not named by its digest; what "
        "a tag means can change. Write REPOSITORY@sha256: and the 64 digits that the registry "
        "shows."
    ]


@pytest.mark.parametrize("name", ["local", "dev", "dev-ben"])
def test_a_tag_is_enough_where_nothing_is_promoted(name: str) -> None:
    text = DEV.replace(f"@sha256:{DIGEST}", ":1.0").replace("  dev:", f"  {name}:")
    assert parse_environments(text, "e.yaml").get(name).image.endswith("penstock:1.0")


@pytest.mark.parametrize(
    ("approvers", "line"), [("", 2), ("    approvers: []\n", 9)], ids=["none", "empty"]
)
def test_prod_has_approvers(approvers: str, line: int) -> None:
    text = PROD.replace("    approvers: [ben, cat]\n", approvers)
    assert problems_of(f"environments:\n{text}") == [
        f"environments.yaml:{line}: prod has no approvers. Add `approvers: [NAME]`."
    ]


def test_records_do_not_mix_where_artifacts_are_apart() -> None:
    text = DEV + PROD.replace("222222222222", "111111111111")
    assert problems_of(text) == [
        "environments.yaml:15: dev and prod share the table penstock-deployments in account "
        "111111111111, but not the bucket of their artifacts. "
        "Give each its own table, or both one bucket."
    ]
    one_bucket = text.replace("penstock-prod-artifacts", "penstock-dev-artifacts/prod")
    assert parse_environments(one_bucket, "e.yaml").names == ("dev", "prod")
    other_region = text.replace(
        "eu-west-1\n    role: arn:aws:iam::111111111111",
        "eu-west-1\n    role: arn:aws:iam::111111111111",
        1,
    )
    head, prod = other_region.split("  prod:")
    apart = head + "  prod:" + prod.replace("region: eu-west-1", "region: eu-central-1")
    assert parse_environments(apart, "e.yaml").names == ("dev", "prod")


def test_what_is_missing_is_told_at_once() -> None:
    assert problems_of("environments:\n  dev: {}\n") == [
        f"environments.yaml:2: the setting '{each}' of dev is missing. Add `{each}: ...`."
        for each in ("account", "region", "role", "artifacts", "image", "records")
    ]


def test_a_name_says_what_an_environment_is() -> None:
    assert problems_of(DEV.replace("  dev:", "  production:")) == [
        "environments.yaml:2: 'production' is no name of an environment. Did you mean prod? "
        "Use one of: local, dev, pre-prod, prod, tooling; "
        "or one of them with a suffix, such as prod-eu."
    ]
    long = f"dev-{'x' * 40}"
    assert problems_of(DEV.replace("  dev:", f"  {long}:")) == [
        "environments.yaml:2: the name has 44 characters; at most 32 are allowed. "
        "Shorten its suffix."
    ]


def test_problems_within_and_between_settings_are_told_together_in_the_order_of_the_lines() -> None:
    text = (DEV + PROD).replace("    approvers: [ben, cat]\n", "").replace("s3://penstock-dev", "")
    assert problems_of("extra: 1\n" + text) == [
        "environments.yaml:1: 'extra' is not a setting here. Use one of: environments.",
        "environments.yaml:7: artifacts '-artifacts' is no place in S3. "
        "Write s3://BUCKET or s3://BUCKET/PREFIX, without a slash at the end.",
        "environments.yaml:10: prod has no approvers. Add `approvers: [NAME]`.",
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "environments.yaml:1: the file holds no settings. Write `key: value` lines."),
        (
            "environments:\n",
            "environments.yaml:1: environments must be a mapping of `key: value` lines; nothing "
            "stands there.",
        ),
        (
            "environments: {}\n",
            "environments.yaml:1: environments must not be empty. Name at least one.",
        ),
        (
            "environments:\n  dev:\n",
            "environments.yaml:2: dev must be a mapping of `key: value` lines; nothing stands "
            "there.",
        ),
        (
            "environment: {}\n",
            "environments.yaml:1: 'environment' is not a setting here. "
            "Did you mean environments? Use one of: environments.",
        ),
        (
            "environments: [\n",
            "environments.yaml:2: this is not YAML: did not find expected node content. "
            "Mend the line.",
        ),
    ],
)
def test_a_file_of_another_form_is_told(text: str, told: str) -> None:
    assert told in problems_of(text)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.floats(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.text(max_size=5) | st.sampled_from(["role", "tags"]), inner, max_size=3
        )
    ),
    max_leaves=6,
)
KEYS = ["account", "role", "image", "tags", "subnets", "schedule", "limits", "approvers", "other"]


@settings(deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["dev", "prod", "tooling-x", "bad", ""]) | st.integers(),
        VALUES | st.dictionaries(st.sampled_from(KEYS) | st.integers(), VALUES, max_size=5),
        max_size=3,
    )
)
def test_whatever_stands_in_the_file_is_read_or_refused_with_a_line(document: object) -> None:
    import yaml

    text = yaml.safe_dump({"environments": document}, allow_unicode=True)
    told = []
    try:
        parse_environments(text, "environments.yaml")
    except RequestError as error:
        told = list(error.problems)
    assert [each for each in told if not each.where.startswith("environments.yaml:")] == []
