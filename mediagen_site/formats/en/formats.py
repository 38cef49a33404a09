"""English dates name the month and count 24 hours: Django's short ones are American alone, and its “p.m.” at the end of
a sentence makes two full stops."""

DATETIME_FORMAT = "N j, Y, H:i"
SHORT_DATE_FORMAT = "M j, Y"
SHORT_DATETIME_FORMAT = "M j, Y, H:i"
TIME_FORMAT = "H:i"
