"""What the libraries have to say goes where all records go, and carries what those carry."""

from diffusers.utils import logging as of_diffusers
from transformers.utils import logging as of_transformers


def log_like_us() -> None:
    """Take from the libraries the handlers that they made for themselves; how much they say stays as it is."""
    for library in (of_diffusers, of_transformers):
        library.disable_default_handler()
        library.enable_propagation()
