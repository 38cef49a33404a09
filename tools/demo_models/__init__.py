"""How the demo models come about: a procedural world with captions, and the training of each model on it."""

from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "var" / "demo_training"
"""Where trainings keep their checkpoints."""
