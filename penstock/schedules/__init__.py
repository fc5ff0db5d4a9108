"""Schedules of EventBridge Scheduler, from the use cases' settings.

`wanted` says what shall be there, `difference` what would change, `service` is the client.
"""

from penstock.schedules.difference import Action, Change, Detail, difference, parameters_of
from penstock.schedules.naming import (
    Label,
    Scope,
    group_name,
    is_delivered,
    label_of,
    schedule_name,
)
from penstock.schedules.wanted import Document, Start, Target, unfit_parameters, wanted_schedule

__all__ = [
    "Action",
    "Change",
    "Detail",
    "Document",
    "Label",
    "Scope",
    "Start",
    "Target",
    "difference",
    "group_name",
    "is_delivered",
    "label_of",
    "parameters_of",
    "schedule_name",
    "unfit_parameters",
    "wanted_schedule",
]
