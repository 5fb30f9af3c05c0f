"""Renew the approved texts: `python -m tests.approved`. Then read every difference before it is kept."""

from tests.approved import FOLDER, approved_texts

for old in FOLDER.glob("*.txt"):
    old.unlink()
for path, text in approved_texts():
    path.write_text(text, "utf-8")
