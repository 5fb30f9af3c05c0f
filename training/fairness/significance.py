"""Tell differences from chance when many are looked at together."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

Floats = NDArray[np.float64]


def two_sided(found: Floats, standard_error: Floats) -> Floats:
    """Give p-values against "no difference", by the normal distribution; NaN where nothing can be told."""
    return 2 * one_sided(np.abs(found), standard_error)


def one_sided(beyond: Floats, standard_error: Floats) -> Floats:
    """Give p-values against "not above 0", by the normal distribution; NaN where nothing can be told."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(ndtr(-beyond / standard_error), dtype=np.float64)


def holm(p: Floats) -> Floats:
    """Correct the p-values of one family (Holm 1979): below a level, no false find with that certainty.

    Holds however the tests depend on each other. NaN is no member of the family and stays NaN.
    """
    corrected = np.full_like(p, np.nan)
    members = np.flatnonzero(~np.isnan(p))
    order = members[np.argsort(p[members], kind="stable")]
    left = np.arange(order.size, 0, -1)
    corrected[order] = np.minimum(np.maximum.accumulate(p[order] * left), 1.0)
    return corrected
