"""One failed step of an execution in an account, run again on this machine.

`record_of` asks the service what the step's job was started with, `fetch` brings its inputs and
code here, and `local_definition` makes of it a definition of one step that the executor runs.
"""
