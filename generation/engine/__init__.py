"""Makes pictures and videos. No Django here; torch and diffusers live here and nowhere else.

The environment is set before torch and its like are first imported:

- The libraries say nothing on standard error but errors: they warn of each optional package that is not there, and of
  prompts over 77 tokens, which are dealt with.
- OpenMP's threads sleep while they wait. Spinning, they take the cores from the web server and from each other: on two
  busy cores a 512² image took 20 s instead of 3.
"""

import os

os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
os.environ.setdefault("DIFFUSERS_VERBOSITY", "error")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
