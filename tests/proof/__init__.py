"""Proofs that take minutes: `python -m tests.proof …`, each with a short version among the tests."""
