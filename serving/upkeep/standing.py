"""What the service answers with now: one value, replaced as a whole while requests go on."""

from dataclasses import dataclass

from models.approved import Approved


@dataclass(frozen=True, slots=True)
class NotApproved:
    """Why there is no model to answer with, in words for whoever runs the service."""

    reason: str


class Standing:
    """Holds what is approved.

    Whoever answers takes `approved` once and stands on that value to the end: all digests of an
    answer then belong together, whatever is swapped in meanwhile.
    """

    def __init__(self, approved: Approved | NotApproved) -> None:
        self._approved = approved

    @property
    def approved(self) -> Approved | NotApproved:
        """What a request that begins now stands on."""
        return self._approved

    def swap(self, approved: Approved | NotApproved) -> None:
        """Let every request from now on stand on another value; those under way keep theirs."""
        self._approved = approved
