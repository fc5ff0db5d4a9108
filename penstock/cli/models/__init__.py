"""Which model a run takes: the approved one, or a candidate on trial."""
