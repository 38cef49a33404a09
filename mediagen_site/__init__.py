"""MediaGen: images and videos from open diffusion models, kept with everything needed to make them again."""

__version__ = "0.1.0"
