"""Measurements too slow or too noisy for a test: `make bench` and `make proof-skew` print them."""
