"""The sections of the page that an approver reads, in the order of their use for a decision."""
