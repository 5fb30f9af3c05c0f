"""The auditor's house: cases to find and read to the bottom, and what is seen over many of them."""
