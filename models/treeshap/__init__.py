"""What each feature adds to an estimate, exactly and fast: the contribution kernel (see README.md)."""

from models.treeshap.kernel import METHOD, Isa, Kernel
from models.treeshap.trees import UnfitError

__all__ = ["METHOD", "Isa", "Kernel", "UnfitError"]
