"""What each type of step does on this machine, one file a type."""
