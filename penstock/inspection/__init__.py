"""Looks at an environment from here and says what to mend; it changes nothing."""
