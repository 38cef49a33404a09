"""Keeping a shared site decent: what was refused, reports, what moderators did, and who was told."""
