"""What people does not do itself: whoever must know, or must stop something, listens."""

from django.dispatch import Signal

stopped = Signal()
"""`person` may not have anything made from now on: paused, closed (a ban, the admin), or about to be deleted; of
that it may be told twice."""

acted = Signal()
"""`by` has done something about `person`: `act` names it (people.acts.Act), `details` is flat JSON. Inside the
transaction, so that who keeps a log keeps it together with the act."""

taken_out = Signal()
"""`person` takes out all that is here of them: whoever keeps something answers with its files (zipping.Entry), made one
after another while they are sent."""
