"""Who works on this machine."""

import os
import pwd


def login() -> str:
    """Return the login of this process's user.

    What the environment says does not count: anybody can set a variable.
    """
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"uid-{os.getuid()}"
