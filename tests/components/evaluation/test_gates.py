import math

from components.evaluation.bootstrap import Estimate
from components.evaluation.gates import judge, sentence
from penstock.use_case.evaluation import Gate


def verdict(gates, measured, baseline=None):
    estimates = {name: Estimate(value, None, None) for name, value in measured.items()}
    return sentence(judge(gates, estimates, baseline or {}))


def test_every_gate_passed():
    gates = [Gate(metric="roc_auc", minimum=0.8), Gate(metric="log_loss", maximum=0.1)]
    assert verdict(gates, {"roc_auc": 0.8, "log_loss": 0.1}) == "every gate passed"


def test_no_gate_is_set():
    assert verdict([], {"roc_auc": 0.8}) == "no gate is set"


def test_a_value_below_its_minimum_says_by_how_much():
    assert verdict(
        [Gate(metric="average_precision", minimum=0.6)], {"average_precision": 0.412}
    ) == ("gate failed: average_precision 0.412 is 0.188 below the minimum 0.600")


def test_a_value_above_its_maximum_says_by_how_much():
    assert verdict([Gate(metric="rmse", maximum=60)], {"rmse": 61.25}) == (
        "gate failed: rmse 61.250 is 1.250 above the maximum 60.000"
    )


def test_every_failed_gate_is_named():
    gates = [
        Gate(metric="roc_auc", minimum=0.9),
        Gate(metric="brier", maximum=0.01),
        Gate(metric="recall", minimum=0.1),
    ]
    assert verdict(gates, {"roc_auc": 0.8, "brier": 0.02, "recall": 0.5}) == (
        "2 gates failed: roc_auc 0.800 is 0.100 below the minimum 0.900; "
        "brier 0.020 is 0.010 above the maximum 0.010"
    )


def test_a_hair_below_the_minimum_is_shown_with_as_many_digits_as_it_needs():
    assert verdict([Gate(metric="recall", minimum=0.6)], {"recall": 0.59999}) == (
        "gate failed: recall 0.59999 is 0.00001 below the minimum 0.60000"
    )


def test_worse_than_the_baseline_fails_in_the_direction_of_the_metric():
    gates = [
        Gate(metric="log_loss", not_worse_than_baseline=True),
        Gate(metric="roc_auc", not_worse_than_baseline=True),
    ]
    measured, baseline = {"log_loss": 0.3, "roc_auc": 0.4}, {"log_loss": 0.2, "roc_auc": 0.5}
    assert verdict(gates, measured, baseline) == (
        "2 gates failed: log_loss 0.300 is 0.100 above the constant baseline's 0.200; "
        "roc_auc 0.400 is 0.100 below the constant baseline's 0.500"
    )


def test_an_undefined_metric_fails_its_gate():
    assert verdict([Gate(metric="roc_auc", minimum=0.5)], {"roc_auc": math.nan}) == (
        "gate failed: roc_auc is not defined on the test rows"
    )
