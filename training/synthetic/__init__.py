"""The synthetic register: an extract with no real person, whose true risks are known."""
