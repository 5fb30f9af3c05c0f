"""How good a model is, for whom, and how sure that is: figures from arrays, never from files.

Everything here takes outcomes (0/1) and estimates (0..1) of the same n rows; nothing knows where
they came from. Intervals of one run share their resamples, so differences are paired.
"""
