"""How the demo models come about: a procedural world with captions, and the training of each model on it."""
