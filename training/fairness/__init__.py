"""For whom a model is worse: figures by group, tests that hold for all groups together, small counts hidden.

Everything here takes columns that only measure, beside outcomes (0/1) and estimates (0..1) of the
same n rows. `groups` holds the words and limits that every other room's tables of groups obey.
"""
