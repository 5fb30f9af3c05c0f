"""How good the explanations are: what leads them, whether they can be redone, whether they hold still."""
