"""Practice for veiledere: an own view first, then the suggestion, then what happened (REQ-71)."""

from serving.opplaering.routes import practice_routes

__all__ = ["practice_routes"]
