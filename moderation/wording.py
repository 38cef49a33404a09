"""Acts in the reader's words."""

from django.utils.translation import gettext_lazy as _

from people.acts import Act as PeopleAct

from .acts import Act

NAMES = {
    Act.LEFT_ALONE: _("left as it is"),
    Act.RATED: _("rated"),
    Act.WITHHELD: _("withheld"),
    Act.REMOVED: _("removed"),
    Act.COLLECTION_REMOVED: _("removed the collection"),
    Act.RESTORED: _("shown again"),
    Act.WARNED: _("warned"),
    Act.APPEALED: _("appealed"),
    Act.UPHELD: _("upheld"),
    Act.REVERSED: _("reversed"),
    PeopleAct.INVITED: _("invited"),
    PeopleAct.APPROVED: _("let in"),
    PeopleAct.DECLINED: _("not let in"),
    PeopleAct.ROLE: _("changed the role"),
    PeopleAct.PAUSED: _("paused"),
    PeopleAct.UNPAUSED: _("ended the pause"),
    PeopleAct.BANNED: _("banned"),
    PeopleAct.UNBANNED: _("lifted the ban"),
    PeopleAct.RESET_LINK: _("made a link for a new password"),
    PeopleAct.SECOND_FACTORS_REMOVED: _("removed the second factors"),
    PeopleAct.LEFT: _("left"),
    "admin_added": _("added in the admin"),
    "admin_changed": _("changed in the admin"),
    "admin_deleted": _("deleted in the admin"),
}


def act_name(act: str) -> str:
    """The act itself where there is no word for it."""
    return str(NAMES.get(act, act))
