"""`python -m tests.contract`: write down the contract as it is today.

The first of a new major version is kept as released too, and not written over.
"""

from tests.contract import TODAY, document_of_today, released, written

document = document_of_today()
TODAY.write_text(written(document), "utf-8")
if not released(document).exists():
    released(document).write_text(written(document), "utf-8")
