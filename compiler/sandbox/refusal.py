"""What AWS says when it does not do what it was asked."""

from __future__ import annotations


class AwsError(Exception):
    """An error of an AWS API: `code` is AWS's own (`DBInstanceAlreadyExists`), so is the style of the message.

    The code is "" where the provider refuses by itself, before it asks AWS.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"api error {code}: {message}" if code else message)
        self.code = code
        self.message = message


class NotSimulatedError(Exception):
    """What AWS does and the sandbox does not."""


class GoneError(Exception):
    """What was to be changed does not exist any more."""
