"""One tree of errors, grouped by who can mend them.

The message says what is wrong, the values (never one that identifies a person) and what to do.
"""


class ProfileringError(Exception):
    """Everything this project raises on purpose."""


class CallerError(ProfileringError):
    """The caller can mend it: a request or a file they wrote (HTTP 4xx, exit code 2)."""


class SetupError(ProfileringError):
    """We can mend it: a bundle, a policy, a text or a setting is wrong; the service will not start."""


class DataError(ProfileringError):
    """The data owner can mend it: an extract breaks its contract; training stops (exit code 4)."""


class GateError(ProfileringError):
    """A model is not fit to be published (exit code 3)."""
