"""The JSON Schema of `environments.yaml` lists the keys that the reader knows."""

from typing import Any

import jsonschema

from penstock.environments import json_schema
from penstock.environments.settings import EnvironmentSettings

SOUND: dict[str, Any] = {
    "account": "111111111111",
    "region": "eu-west-1",
    "role": "arn:aws:iam::111111111111:role/x",
    "artifacts": "s3://penstock",
    "image": "penstock:1",
    "records": "penstock",
}


def is_valid(environments: object) -> bool:
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    return bool(jsonschema.Draft202012Validator(schema).is_valid({"environments": environments}))


def test_every_setting_is_described() -> None:
    settings = json_schema()["$defs"]["EnvironmentSettings"]
    assert list(settings["properties"]) == list(EnvironmentSettings.model_fields)
    assert all(each.get("description") for each in settings["properties"].values())
    assert settings["additionalProperties"] is False


def test_the_schema_says_what_is_needed_where() -> None:
    assert is_valid({"dev": SOUND})
    assert is_valid({"tooling": {"account": "111111111111", "region": "eu-west-1"}})
    assert is_valid({"prod-eu": {**SOUND, "approvers": ["ben"]}})
    assert not is_valid({"prod-eu": SOUND})
    assert not is_valid({"dev": {"account": "111111111111", "region": "eu-west-1"}})
    assert not is_valid({"production": SOUND})
    assert not is_valid({"dev": {**SOUND, "unknown": 1}})
    assert not is_valid({})
