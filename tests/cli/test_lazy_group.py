"""Names that are nearly right."""

from penstock.cli.lazy_group import unknown


def test_the_nearest_name_is_offered() -> None:
    assert unknown("pipeline", "trainin", ["inference", "training"]) == (
        "there is no pipeline 'trainin'. Did you mean 'training'? Use one of: inference, training."
    )


def test_without_a_near_name_all_are_listed() -> None:
    assert unknown("pipeline", "zzz", ["inference", "training"]) == (
        "there is no pipeline 'zzz'. Use one of: inference, training."
    )
