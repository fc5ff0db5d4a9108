"""All of our rules."""

from infra.cdk.rules.alarms import failures_are_told
from infra.cdk.rules.definitions import definition_is_the_releases
from infra.cdk.rules.events import (
    only_approvals_go_on,
    schedules_can_be_read,
    schedules_run_in_prod,
)
from infra.cdk.rules.finding import Rules
from infra.cdk.rules.networks import endpoints_know_their_role, jobs_are_in_the_network
from infra.cdk.rules.safety import (
    data_are_kept,
    no_secrets,
    policies_fit,
    principals_are_named,
    roles_are_bounded,
    template_fits,
)

RULES: Rules = (
    definition_is_the_releases,
    only_approvals_go_on,
    schedules_run_in_prod,
    schedules_can_be_read,
    failures_are_told,
    no_secrets,
    principals_are_named,
    roles_are_bounded,
    policies_fit,
    data_are_kept,
    template_fits,
    jobs_are_in_the_network,
    endpoints_know_their_role,
)
