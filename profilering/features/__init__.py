"""The feature catalogue and its one definition, for one registrering and for millions."""

from profilering.features.catalogue import CATALOGUE, NAMES, Feature
from profilering.features.compute import FeatureFrame, compute_features, features_alone, features_of
from profilering.features.life import FeatureRow
from profilering.features.market import Arbeidsmarked
from profilering.features.tables import Tables, tables_of

__all__ = [
    "CATALOGUE",
    "NAMES",
    "Arbeidsmarked",
    "Feature",
    "FeatureFrame",
    "FeatureRow",
    "Tables",
    "compute_features",
    "features_alone",
    "features_of",
    "tables_of",
]
