"""Generation parameters out of a file that somebody made, here or with another tool, into the studio's form.

`files` gets the texts out of a container, `tools` understands what a tool wrote in them, `mapping` finds what of that
can be asked for here, `preview` shows what would change.
"""
