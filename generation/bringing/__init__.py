"""Bringing in: zips that were taken out here, files of ours and of other tools, all into one person's gallery.

`archives` reads zips, `media` looks at pixels, `told` at what a file says of itself, `records` at the JSON of our zips;
`bringing` goes through all of it, `binding` ties together what came, and `report` says what became of each file.
"""
