"""Fitted models as values, the bundle they lie in, and what has been approved."""
