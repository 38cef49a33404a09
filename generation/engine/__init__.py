"""Makes pictures and videos. No Django here; torch and diffusers live here and nowhere else.

The libraries say nothing on standard error but errors: they warn of each optional package that is not there, and of
prompts over 77 tokens, which are dealt with.
"""

import os

os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
os.environ.setdefault("DIFFUSERS_VERBOSITY", "error")
