"""Loading a model runs nothing and takes nothing but the formats that `train` writes."""

import hashlib
import io
import json
import pickle
import subprocess
import zipfile
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.train import train
from components.training.manifest import read_model
from components.training.scorer import load_model, scorer_of
from components.training.skops_bytes import dump_estimator, load_estimator
from components.training.ubjson import check_object
from penstock.contract import outputs_in
from penstock.errors import DataError

_LOADERS = r"\bimport (pickle|joblib|cloudpickle|dill|marshal|shelve)\b|allow_pickle=True"
_PACKAGES = ("components", "penstock", "serving", "pipelines", "use_cases")
MEND = "Use a model that `train` wrote."


class Trap:
    """Creates a file when it is unpickled."""

    def __init__(self, file):
        self.file = file

    def __reduce__(self):
        return Path.touch, (self.file,)


@pytest.fixture
def trap(tmp_path):
    """Bytes of a pickle, and the file that it would create."""
    file = tmp_path / "sprung"
    content = pickle.dumps(Trap(file))
    pickle.loads(content)
    assert file.exists()
    file.unlink()
    yield content
    assert not file.exists()


@pytest.fixture
def model_of(make_case, tmp_path):
    def make(candidate, task="binary"):
        case = make_case(task, rows=200)
        with outputs_in(tmp_path / candidate):
            found = train(case.use_case, case.train, case.validation, candidate)
        return Path(found.model.path)

    return make


def plant(folder, name, payload):
    """Replace the model file, and its digest in the manifest: whoever can change one can both."""
    (folder / name).write_bytes(payload)
    facts = json.loads((folder / "model.json").read_text())
    facts["payload_sha256"] = hashlib.sha256(payload).hexdigest()
    (folder / "model.json").write_text(json.dumps(facts))


def refusal(folder):
    with pytest.raises(DataError) as caught:
        load_model(folder)
    return str(caught.value)


def archive(schema, **files):
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as made:
        made.writestr("schema.json", json.dumps(schema))
        for name, content in files.items():
            made.writestr(name, content)
    return written.getvalue()


@pytest.fixture(scope="module")
def estimator():
    from sklearn.linear_model import LogisticRegression

    values = np.random.default_rng(0).normal(size=(40, 3))
    return dump_estimator(LogisticRegression().fit(values, (values[:, 0] > 0).astype(int)))


def schema_of(payload):
    with zipfile.ZipFile(io.BytesIO(payload)) as found:
        files = {name: found.read(name) for name in found.namelist() if name != "schema.json"}
        return json.loads(found.read("schema.json")), files


@pytest.mark.parametrize(
    ("kind", "name", "message"),
    [
        (
            "xgboost",
            "model.ubj",
            "the file is no XGBoost model in UBJSON: it does not begin like one.",
        ),
        (
            "random_forest",
            "model.skops",
            "the model file cannot be read: it is no archive from its first byte to its last.",
        ),
        ("constant", "constant.json", "the file is no constant model."),
    ],
)
def test_a_pickle_in_the_place_of_a_model_file_does_not_run(model_of, trap, kind, name, message):
    folder = model_of(kind)
    plant(folder, name, trap)
    assert refusal(folder) == f"{folder}/{name}: {message} {MEND}"


def test_a_pickle_in_the_place_of_the_manifest_does_not_run(model_of, trap):
    folder = model_of("constant")
    (folder / "model.json").write_bytes(trap)
    assert refusal(folder).startswith(f"{folder}/model.json: the manifest is not JSON: ")
    assert refusal(folder).endswith(MEND)


@pytest.mark.parametrize("name", ["model.pkl", "model.joblib", "python_model.pkl"])
def test_a_folder_with_a_pickle_alone_is_no_model(tmp_path, trap, name):
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / name).write_bytes(trap)
    assert refusal(folder) == (
        f"{folder}/model.json: the manifest cannot be read: No such file or directory. {MEND}"
    )


def test_a_pickle_among_the_models_of_a_bundle_does_not_run(segmented, tmp_path, trap):
    case = segmented("binary")
    with outputs_in(tmp_path / "bundle"):
        found = train(case.use_case, case.train, case.validation, "xgboost")
    folder = Path(found.model.path)
    facts = json.loads((folder / "model.json").read_text())
    digest = hashlib.sha256(trap).hexdigest()
    for stored in [facts["pooled"], *(each["model"] for each in facts["segments"].values())]:
        if stored:
            stored |= {"offset": 0, "size": len(trap), "payload_sha256": digest}
    (folder / "models.bin").write_bytes(trap)
    (folder / "model.json").write_text(json.dumps(facts | {"payload_sha256": digest}))
    scorer = load_model(folder)
    for segment in scorer.manifest.models:
        with pytest.raises(DataError) as caught:
            scorer.model(segment)
        assert str(caught.value) == (
            f"{folder}/model.ubj: the file is no XGBoost model in UBJSON: "
            f"it does not begin like one. {MEND}"
        )


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda raw, _: raw + b"more", "4 bytes follow its end"),
        (lambda raw, _: raw[:-1], "it breaks off"),
        (lambda _, booster: bytes(booster.save_raw("json")), "it does not begin like one"),
        (lambda *_: b"{}", "XGBoost refuses it"),
        (lambda *_: b"", "it does not begin like one"),
        (lambda *_: b"{U\x01a" * 70, "it has more than 64 levels"),
        (lambda *_: b"{U\x01a[#L" + b"\x7f" * 8, "byte 15 names more values than there are bytes"),
        (lambda *_: b"{U\x01a[#i\xff", "byte 6 is a length below 0"),
        (lambda *_: b"{U\x01aq}", "byte 4 begins no value"),
    ],
)
def test_another_form_of_a_boosted_model_is_refused_with_the_reason(model_of, change, reason):
    folder = model_of("xgboost")
    manifest, raw = read_model(folder)
    plant(folder, "model.ubj", change(raw, scorer_of(manifest, raw).model))
    assert refusal(folder) == (
        f"{folder}/model.ubj: the file is no XGBoost model in UBJSON: {reason}. {MEND}"
    )


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=60))
def test_whatever_follows_a_brace_is_an_object_or_is_refused(tail):
    with suppress(ValueError):
        check_object(b"{" + tail)


@pytest.mark.parametrize(
    ("module", "name", "loader"),
    [
        ("posix", "system", "FunctionNode"),
        ("builtins", "eval", "FunctionNode"),
        ("functools", "partial", "PartialNode"),
        ("operator", "methodcaller", "OperatorFuncNode"),
        ("numpy", "load", "FunctionNode"),
        ("sklearn.pipeline", "Pipeline", "ObjectNode"),
        ("sklearn.tree._tree", "Tree", "ReduceNode"),
        ("builtins", "dict", "ObjectNode"),
        ("sklearn.linear_model._logistic", "LogisticRegression", "MethodNode"),
    ],
)
@pytest.mark.parametrize("depth", ["top", "inside"])
def test_a_type_that_our_estimators_are_not_made_of_is_refused_by_its_name(
    estimator, module, name, loader, depth
):
    schema, files = schema_of(estimator)
    node = {"__module__": module, "__class__": name, "__loader__": loader, "content": "x"}
    if depth == "top":
        planted = node
        files = {}
    else:
        planted = schema | {"content": schema["content"] | {"extra": node}}
    with pytest.raises(DataError) as caught:
        load_estimator(archive(planted, **files), "model.skops")
    known = (module, name) in {
        ("sklearn.tree._tree", "Tree"),
        ("builtins", "dict"),
        ("sklearn.linear_model._logistic", "LogisticRegression"),
    }
    told = f"{module}.{name} as {loader}" if known else f"{module}.{name}"
    assert str(caught.value) == (
        f"model.skops: the model file names {told}, which may run code. {MEND}"
    )


def test_an_array_of_pickled_objects_does_not_run(estimator, trap, tmp_path):
    schema, files = schema_of(estimator)
    written = io.BytesIO()
    np.save(written, np.array([Trap(tmp_path / "sprung")], dtype=object), allow_pickle=True)
    first = min(name for name in files if name.endswith(".npy"))
    with pytest.raises(DataError) as caught:
        load_estimator(archive(schema, **(files | {first: written.getvalue()})), "model.skops")
    assert str(caught.value) == (
        "model.skops: the model file cannot be read: "
        f"Object arrays cannot be loaded when allow_pickle=False. {MEND}"
    )


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda raw: raw + b"x", "it is no archive from its first byte to its last"),
        (lambda raw: b"x" + raw, "it is no archive from its first byte to its last"),
        (lambda raw: raw[:-1], "it is no archive from its first byte to its last"),
        (
            lambda raw: archive(schema_of(raw)[0], **schema_of(raw)[1], more=b"x"),
            "its files are not those that it refers to",
        ),
    ],
)
def test_an_archive_with_something_more_is_refused(estimator, change, reason):
    with pytest.raises(DataError) as caught:
        load_estimator(change(estimator), "model.skops")
    assert str(caught.value) == f"model.skops: the model file cannot be read: {reason}. {MEND}"


def test_an_archive_of_something_else_is_refused():
    inner = {"__module__": "builtins", "__class__": "str", "__loader__": "JsonNode"}
    inner |= {"__id__": 1, "content": '"text"', "is_json": True}
    with pytest.raises(DataError) as caught:
        load_estimator(archive(inner | {"protocol": 2}), "model.skops")
    assert (
        str(caught.value)
        == f"model.skops: the model file holds a str, no estimator of ours. {MEND}"
    )


def test_a_manifest_without_an_end_of_levels_is_refused(model_of):
    folder = model_of("constant")
    (folder / "model.json").write_text("[" * 100_000)
    assert refusal(folder).startswith(f"{folder}/model.json: the manifest is not JSON: ")


def test_nothing_in_the_project_names_a_loader_that_can_run_code():
    found = subprocess.run(
        ["grep", "-rnE", "--include=*.py", _LOADERS, *_PACKAGES],
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (found.returncode, found.stdout) == (1, "")
