"""Who asks, and what they may: tokens, keys, roles, and the gate that holds them to it."""
