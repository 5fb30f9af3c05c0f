"""The feature catalogue and its one polars definition, for one row and for millions."""

from profilering.features.catalogue import CATALOGUE, NAMES, Feature
from profilering.features.compute import FeatureFrame, compute_features, features_of
from profilering.features.tables import Arbeidsmarked, Tables, tables_of

__all__ = [
    "CATALOGUE",
    "NAMES",
    "Arbeidsmarked",
    "Feature",
    "FeatureFrame",
    "Tables",
    "compute_features",
    "features_of",
    "tables_of",
]
