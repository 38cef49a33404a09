"""Taking out: outputs as a zip, with a JSON for each file that says all that is needed to make it again and to restore
it. What reads such a zip again is in generation.bringing.
"""
