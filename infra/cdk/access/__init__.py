"""Who may do what: every role and policy of an account, in one template a reviewer can read.

These stacks stand alone and come first, because policies elsewhere name their roles. The delivery
does not deploy them: a change of rights is always made by a person of the platform team.
"""
