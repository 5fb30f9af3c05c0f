"""Everything that is asked of one candidate on Nav's register, and the verdict.

The measures themselves stand in `evaluation`, `fairness` and `explanations`, which know nothing of
Nav; here they meet its people, rules and policy.
"""
