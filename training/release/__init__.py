"""From a candidate to a model that answers: gates, bundle, registry, and a second person."""
