"""The pages as people meet them: every page in `pages.py`, looked at in Debian's Chromium."""
