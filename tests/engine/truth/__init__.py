"""Every parameter tells the truth: one measurement for each parameter × model × mode of the catalogue.

A truth changes its parameter alone, shows that it does what it says of itself, and returns how much. Where random
weights can show no direction on pixels, it is shown on what the real networks and text encoders are given.
`python -m tests.bench truth` prints all effects.
"""
