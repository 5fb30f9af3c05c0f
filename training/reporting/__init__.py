"""What people read of a run: the page, the card, the figures."""
