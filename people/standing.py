"""What a person may do and chose to see. Asked anew for every request, so that a change holds at once."""

from datetime import datetime

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User
from django.db.models import Q

from .models import Profile, Role

Person = AbstractBaseUser | AnonymousUser

# In SQL, for every page and every submit asks it: Django takes six times as long to write it.
_PROFILE = "SELECT * FROM people_profile WHERE user_id = %s"


def profile(person: Person) -> Profile:
    """The person's row, or what stands for one where there is none (never saved here)."""
    if person.pk is None:
        return Profile()
    return next(iter(Profile.objects.raw(_PROFILE, [person.pk])), None) or Profile(user_id=person.pk)


def is_operator(person: Person) -> bool:
    return bool(person.is_active and getattr(person, "is_staff", False))


def is_moderator(person: Person) -> bool:
    """Operators are moderators too."""
    return bool(person.is_active and person.pk) and (is_operator(person) or profile(person).role == Role.MODERATOR)


def sees_mature(person: Person) -> bool:
    """Whether pages may show this person what is rated above general: the site allows it, the person is an adult by
    their own word, and asked for it."""
    if not settings.MATURE or person.pk is None:
        return False
    known = profile(person)
    return known.adult_confirmed_at is not None and known.wants_mature


def paused_until(person: Person) -> datetime | None:
    """Until when this person may not generate or share; None where they may."""
    known = profile(person)
    return known.paused_until if known.is_paused else None


def has_no_limits(user_id: int) -> bool:
    """Whether the site's limits are for others: moderators and operators look after it."""
    staff = Q(is_staff=True) | Q(profile__role=Role.MODERATOR)
    return User.objects.filter(staff, pk=user_id, is_active=True).exists()
