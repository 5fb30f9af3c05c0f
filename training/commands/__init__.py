"""The data scientist's commands, a file for each kind of work; `training/__main__.py` lists them."""
