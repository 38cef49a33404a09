"""Bringing in: zips that were taken out here, files of ours and of other tools, all into one person's gallery.

`archives` reads zips, `media` looks at pixels, `told` at what a file says of itself, `records` at the JSON of our zips,
and `soundness` at whether that can be kept and shown; `bringing` goes through all of it, `binding` and `grids` tie
together what came, and `report` says what became of each file.
"""
