"""The contract for a Python program that calls it: typed, and asking again only where that is safe.

Stands apart from the service: httpx and pydantic are all it needs of others.
"""

from serving.client.answers import (
    EtterproevingSvar,
    InnsigelseSvar,
    ProfileringSvar,
    StansSvar,
    VurderingerSvar,
    VurderingSvar,
)
from serving.client.client import Patience, ProfileringClient
from serving.client.failures import Feltfeil, ProfileringProblem, UnreachableError, UnreadableAnswerError
from serving.client.texts import BegrunnelseSvar, EndringSvar, InnsynSvar
from serving.wire.innsigelse_schemas import InnsigelseForespoersel
from serving.wire.schemas import ProfileringForespoersel
from serving.wire.vurdering_schemas import VurderingForespoersel

__all__ = [
    "BegrunnelseSvar",
    "EndringSvar",
    "EtterproevingSvar",
    "Feltfeil",
    "InnsigelseForespoersel",
    "InnsigelseSvar",
    "InnsynSvar",
    "Patience",
    "ProfileringClient",
    "ProfileringForespoersel",
    "ProfileringProblem",
    "ProfileringSvar",
    "StansSvar",
    "UnreachableError",
    "UnreadableAnswerError",
    "VurderingForespoersel",
    "VurderingSvar",
    "VurderingerSvar",
]
