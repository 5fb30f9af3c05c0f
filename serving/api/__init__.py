"""The routes under /api and /internal, their contract, and their refusals."""
