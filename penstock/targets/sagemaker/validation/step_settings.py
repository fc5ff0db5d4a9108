"""What surrounds a step's arguments: its keys, retries and caching."""

from __future__ import annotations

import re
from collections.abc import Mapping

from penstock.targets.sagemaker.validation.finding import Report
from penstock.targets.sagemaker.validation.near_miss import known_names
from penstock.targets.sagemaker.validation.scalar_kind import describe
from penstock.targets.sagemaker.validation.step_types import JOB_EXCEPTIONS
from penstock.targets.sagemaker.validation.steps import Step

_RETRY_KEYS = ("ExceptionType", "IntervalSeconds", "BackoffRate", "MaxAttempts", "ExpireAfterMin")
# "Retry policy for pipeline steps" in the developer guide; the SDK's retry module.
_MAX_ATTEMPTS = 20
_MAX_EXPIRE_MINUTES = 14400
_CACHE_KEYS = ("Enabled", "ExpireAfter")
# An ISO 8601 duration. The guide's own examples are 'p30d', 'P4DT12H' and 'T12H'.
_DURATION = re.compile(
    r"(?=.*\d)P?(?:\d+Y)?(?:\d+M)?(?:\d+W)?(?:\d+D)?(?:T(?:\d+H)?(?:\d+M)?(?:\d+S)?)?",
    re.IGNORECASE,
)


def check_step_settings(step: Step, report: Report) -> None:
    """Check the keys of a step that stand beside its arguments."""
    if step.type.opaque:
        return
    known = step.type.known_keys()
    for key in step.body:
        if key not in known:
            report.error(f"{step.path}.{key}", *_unknown_key(step, str(key), known))
    for key in ("DisplayName", "Description"):
        value = step.body.get(key)
        if value is not None and not isinstance(value, str):
            report.error(f"{step.path}.{key}", f"is {describe(value)}.", "Write a string.")
    if step.type.retries and step.body.get("RetryPolicies") is not None:
        _check_retries(step, step.body["RetryPolicies"], report)
    if step.type.cached and step.body.get("CacheConfig") is not None:
        _check_cache(step, step.body["CacheConfig"], report)


def _unknown_key(step: Step, key: str, known: tuple[str, ...]) -> tuple[str, str]:
    if key == "CacheConfig":
        return f"a {step.type_name} step cannot be cached.", "Leave CacheConfig out."
    if key == "RetryPolicies":
        return f"a {step.type_name} step takes no retry policies.", "Leave RetryPolicies out."
    if key == "PropertyFiles":
        return "only a Processing step has property files.", "Leave PropertyFiles out."
    return f"is unknown to a {step.type_name} step.", known_names(key, known)


def _check_retries(step: Step, policies: object, report: Report) -> None:
    path = f"{step.path}.RetryPolicies"
    if not isinstance(policies, list):
        report.error(path, f"is {describe(policies)}.", "Write a list of policies.")
        return
    for position, policy in enumerate(policies):
        place = f"{path}[{position}]"
        if not isinstance(policy, Mapping):
            report.error(place, f"is {describe(policy)}.", "Write one policy.")
            continue
        for key in policy:
            if key not in _RETRY_KEYS:
                report.error(f"{place}.{key}", "is unknown.", known_names(str(key), _RETRY_KEYS))
        _check_exceptions(step, policy.get("ExceptionType"), f"{place}.ExceptionType", report)
        limits = [key for key in ("MaxAttempts", "ExpireAfterMin") if policy.get(key) is not None]
        if len(limits) == 2:
            report.error(place, "has both MaxAttempts and ExpireAfterMin.", "Give one of them.")
        elif not limits:
            report.warning(place, "has no end of its own.", "Give MaxAttempts or ExpireAfterMin.")
        _check_number(policy, "IntervalSeconds", (0, None), place, report, whole=True)
        _check_number(policy, "BackoffRate", (0, None), place, report, whole=False)
        _check_number(policy, "MaxAttempts", (1, _MAX_ATTEMPTS), place, report, whole=True)
        _check_number(policy, "ExpireAfterMin", (1, _MAX_EXPIRE_MINUTES), place, report, whole=True)


def _check_exceptions(step: Step, exceptions: object, path: str, report: Report) -> None:
    if not isinstance(exceptions, list) or not exceptions:
        what = (
            "is missing."
            if exceptions is None
            else "is empty."
            if exceptions == []
            else f"is {describe(exceptions)}."
        )
        report.error(path, what, f"List some of: {', '.join(step.type.retries)}.")
        return
    for position, exception in enumerate(exceptions):
        if exception in step.type.retries:
            continue
        place = f"{path}[{position}]"
        if exception in JOB_EXCEPTIONS:
            report.error(
                place,
                f"a {step.type_name} step does not start a job, so {exception} cannot happen.",
                f"Use one of: {', '.join(step.type.retries)}.",
            )
        else:
            report.error(
                place,
                f"there is no exception type {exception!r}.",
                known_names(str(exception), step.type.retries),
            )


def _check_number(
    policy: Mapping[str, object],
    key: str,
    bounds: tuple[int, int | None],
    path: str,
    report: Report,
    *,
    whole: bool,
) -> None:
    value = policy.get(key)
    if value is None:
        return
    wanted = "an integer" if whole else "a number"
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float)
        or (whole and isinstance(value, float))
    ):
        report.error(
            f"{path}.{key}", f"is {describe(value)}, and {wanted} is wanted.", f"Write {wanted}."
        )
        return
    least, most = bounds
    if value < least or (most is not None and value > most):
        span = f"at least {least}" if most is None else f"a number from {least} to {most}"
        report.error(f"{path}.{key}", f"{value} is out of bounds.", f"Give {span}.")


def _check_cache(step: Step, cache: object, report: Report) -> None:
    path = f"{step.path}.CacheConfig"
    if not isinstance(cache, Mapping):
        report.error(path, f"is {describe(cache)}.", 'Write {"Enabled": ..., "ExpireAfter": ...}.')
        return
    for key in cache:
        if key not in _CACHE_KEYS:
            report.error(f"{path}.{key}", "is unknown.", known_names(str(key), _CACHE_KEYS))
    enabled, expires = cache.get("Enabled"), cache.get("ExpireAfter")
    if not isinstance(enabled, bool):
        what = "is missing." if enabled is None else f"is {describe(enabled)}."
        report.error(f"{path}.Enabled", what, "Write true or false.")
    if expires is None:
        return
    if not isinstance(expires, str) or not _DURATION.fullmatch(expires):
        shown = repr(expires) if isinstance(expires, str) else describe(expires)
        report.error(
            f"{path}.ExpireAfter",
            f"{shown} is no ISO 8601 duration.",
            "Write one such as P30D or PT12H.",
        )


def is_cached(step: Step) -> bool:
    """Tell whether a step's result may be taken from an earlier execution."""
    cache = step.body.get("CacheConfig")
    return step.type.cached and isinstance(cache, Mapping) and cache.get("Enabled") is True
