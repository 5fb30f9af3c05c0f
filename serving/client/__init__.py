"""The contract for a Python program that calls it: typed, and asking again only where that is safe.

Stands apart from the service: httpx and pydantic are all it needs of others.
"""

from serving.client.answers import EtterproevingSvar, ProfileringSvar, StansSvar
from serving.client.client import Patience, ProfileringClient
from serving.client.failures import Feltfeil, ProfileringProblem, UnreachableError, UnreadableAnswerError
from serving.wire.schemas import ProfileringForespoersel

__all__ = [
    "EtterproevingSvar",
    "Feltfeil",
    "Patience",
    "ProfileringClient",
    "ProfileringForespoersel",
    "ProfileringProblem",
    "ProfileringSvar",
    "StansSvar",
    "UnreachableError",
    "UnreadableAnswerError",
]
