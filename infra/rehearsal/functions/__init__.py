"""Lambda in process: a function's own code with its own variables and its own role."""
