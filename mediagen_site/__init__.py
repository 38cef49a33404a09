"""MediaGen: images and videos from open diffusion models, kept with everything needed to make them again."""

from generation import __version__

__all__ = ["__version__"]
