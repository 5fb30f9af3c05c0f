"""Redoing what was said, from a stored entry and the archive: to the bit and letter, or every difference."""
