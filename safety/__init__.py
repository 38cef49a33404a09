"""What may be asked for and what may be shown to whom: rules alone. Pure: no Django, no database, no torch."""
