import sys
from datetime import date
from pathlib import Path

import pytest

from penstock.errors import UseCaseError
from penstock.use_case import generate_days, generate_source, load_use_case
from penstock.use_case.generation import SINGLE_TABLE

SETTINGS = """\
name: {name}
task: binary
source:
  generator: {{function: "{name}_data:generate", load_days: 3{more}}}
key: [id]
target: y
columns: {{id: {{type: integer}}, y: {{type: integer}}}}
features: [id]
split: {{by: hash}}
metric: roc_auc
candidates: {{}}
"""
CODE = """\
from datetime import date, timedelta

def generate(folder, *, first_day, days, name="{day}"):
    for number in range(first_day, first_day + days):
        day = date(2024, 2, 28) + timedelta(days=number)
        (folder / (name.format(day=day) + ".parquet")).write_text(str(number))
    return days
"""


@pytest.fixture
def tiny(tmp_path, monkeypatch):
    def make(name: str, more: str = "", code: str = CODE):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "use_case.yaml").write_text(SETTINGS.format(name=name, more=more))
        module = tmp_path / f"{name}_code"
        module.mkdir()
        (module / f"{name}_data.py").write_text(code)
        monkeypatch.syspath_prepend(module)
        monkeypatch.delitem(sys.modules, f"{name}_data", raising=False)
        monkeypatch.chdir(tmp_path)
        return load_use_case(str(folder))

    return make


def days_of(use_case, folder: Path, **span):
    folder.mkdir()
    return generate_days(use_case, folder, **span)


def test_days_are_written_from_any_day_on_and_told_in_order(tiny, tmp_path):
    found = days_of(tiny("grown"), tmp_path / "rows", first_day=1, days=2)
    assert list(found) == [date(2024, 2, 29), date(2024, 3, 1)]
    assert [files[SINGLE_TABLE].read_text() for files in found.values()] == ["1", "2"]


def test_a_source_of_days_is_the_first_load(tiny, tmp_path):
    folder = generate_source(tiny("loaded"), tmp_path / "rows")
    assert sorted(file.stem for file in folder.iterdir()) == [
        "2024-02-28", "2024-02-29", "2024-03-01",
    ]  # fmt: skip


def test_other_code_beside_the_generator_makes_other_data(tiny, tmp_path):
    use_case = tiny("dated")
    before = generate_source(use_case, tmp_path / "rows")
    (tmp_path / "dated_code" / "part.py").write_text("X = 1\n")
    assert generate_source(use_case, tmp_path / "rows") != before


def test_a_generator_that_writes_everything_at_once_has_no_days(tmp_path):
    wine = load_use_case("wine")
    with pytest.raises(UseCaseError) as error:
        generate_days(wine, tmp_path, first_day=0, days=1)
    assert str(error.value).endswith(
        "use_cases/wine/use_case.yaml: the generator writes everything at once, no batch follows. "
        "Set source.generator.load_days."
    )


@pytest.mark.parametrize("name", ["day {day}", "same"])
def test_a_generator_that_names_no_days_is_refused(tiny, tmp_path, name):
    use_case = tiny(f"misnamed{len(name)}", f', settings: {{name: "{name}"}}')
    with pytest.raises(UseCaseError) as error:
        days_of(use_case, tmp_path / "rows", first_day=0, days=2)
    assert str(error.value) == (
        f"{use_case.name}/use_case.yaml: the generator '{use_case.name}_data:generate' did not "
        "write 2 days. Let it write <day>.parquet, of several tables <table>/<day>.parquet."
    )


def test_a_generator_without_the_arguments_of_days_cannot_be_called(tiny, tmp_path):
    use_case = tiny("fixed", code="def generate(folder):\n    return 0\n")
    with pytest.raises(UseCaseError) as error:
        days_of(use_case, tmp_path / "rows", first_day=0, days=1)
    assert str(error.value) == (
        "fixed/use_case.yaml: the generator 'fixed_data:generate' cannot be called: "
        "got an unexpected keyword argument 'first_day'. Mend `source.generator`."
    )
