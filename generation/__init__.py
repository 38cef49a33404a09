"""What is asked for, and making it."""

__version__ = "0.1.0"
