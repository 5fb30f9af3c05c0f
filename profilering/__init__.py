"""The words and the rules: pure, so that every answer can be redone from what went in.

No file, clock, network, environment or randomness is touched here; `tests/test_rooms.py`
holds the room to that.
"""
