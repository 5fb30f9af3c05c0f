"""How sure a number is, in words: the same sentences for the veileder and for the person."""

from profilering.anslag import Anslag
from profilering.propose import Forslag
from profilering.tekster import Tekster


def interval(anslag: Anslag, tekster: Tekster) -> list[str]:
    """How low and how high the number may be, and how many cases it is counted in; none without a number."""
    if anslag.av_hundre is None:
        return []
    key = {anslag.lav: "spenn_bunn", anslag.hoey: "spenn_topp"}.get(anslag.av_hundre, "spenn")
    return [
        tekster.get("fast", key, tall=anslag.av_hundre, lav=anslag.lav, hoey=anslag.hoey),
        tekster.get("fast", "grunnlag", antall=anslag.grunnlag_antall),
    ]


def near_limit(forslag: Forslag, tekster: Tekster) -> list[str]:
    """Which estimates lie near their limit; cases stored without `naer` only say that one does."""
    if forslag.grensetilfelle and not forslag.naer:
        return [tekster.get("fast", "grense")]
    return [tekster.get("fast", f"grense_{utfall}") for utfall in forslag.naer]
