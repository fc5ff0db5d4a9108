"""What AWS asks of policies when its API is called, and whether they allow it.

`read_calls` reads calls that were recorded, `standing_calls` tells those that AWS makes itself in
roles that templates give it, `asked` says what each needs of IAM, `judge` asks an
estate for all of it. An operation that is not known is an error: nothing passes unseen. Of the
condition keys, those are given that tell of the call itself; not known are keys of what is there
already, such as tags of resources.
"""

from infra.policies.calls.asking import asked
from infra.policies.calls.call import Call, read_calls
from infra.policies.calls.judging import Judgement, judge
from infra.policies.calls.standing import standing_calls

__all__ = ["Call", "Judgement", "asked", "judge", "read_calls", "standing_calls"]
