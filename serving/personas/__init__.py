"""Invented persons as whole requests, to try the service with; data only."""
