"""Who may ask what of which URL: the one declaration that every URL must have.

Columns stand for what somebody finds: `yes` (a page, a file, or what is wrong with what they sent), `login` (sent to
sign in), `403` and `404`. The world in which this is asked: an owner shares an output, rated general, by name and by
link; all objects in URLs are the owner's.
"""

from dataclasses import dataclass

WHO = ("anonymous", "link", "member", "shared", "owner", "moderator", "operator")
"""`link` is nobody signed in who has the link, `shared` a member with whom the output is shared by name."""

Access = tuple[str, ...]


def access(text: str) -> Access:
    found = tuple(text.split())
    assert len(found) == len(WHO), text
    return found


EVERYBODY = access("yes yes yes yes yes yes yes")
SIGNED_IN = access("login login yes yes yes yes yes")
OWNER = access("login login 404 404 yes 404 404")
SEES = access("login login 404 yes yes yes yes")
"""Who was given it by name, and moderators: what is shared may have to be looked at."""
USES = access("login login 404 yes yes 404 404")
REPORTS = access("login login 404 yes 404 yes yes")
MODERATORS = access("login login 403 403 403 yes yes")
OPERATORS = access("login login 403 403 403 403 yes")
ADMIN = access("login login login login login login yes")
TO_SIGN_IN = access("login login login login login login login")
NOT_HERE = access("404 404 404 404 404 404 404")
NOT_HERE_SIGNED_IN = access("login login 404 404 404 404 404")


@dataclass(frozen=True)
class Declared:
    """Access for reading (GET, HEAD) and for sending (POST); None where the URL does not take it."""

    get: Access | None
    post: Access | None


def reads(who: Access) -> Declared:
    return Declared(who, None)


def sends(who: Access) -> Declared:
    return Declared(None, who)


def both(who: Access) -> Declared:
    return Declared(who, who)


DECLARED: dict[str, Declared] = {
    # generation
    "studio": reads(SIGNED_IN),
    "generate": sends(SIGNED_IN),
    "compose": sends(SIGNED_IN),
    "estimate": sends(SIGNED_IN),
    "explore": sends(SIGNED_IN),
    "grids": both(SIGNED_IN),
    "grid": reads(OWNER),
    "grid_sheet": reads(OWNER),
    "grid_picture": reads(NOT_HERE_SIGNED_IN),  # nothing of it is made
    "grid_cancel": sends(OWNER),
    "read_parameters": both(SIGNED_IN),
    "queue": reads(SIGNED_IN),
    "queue_cancel": sends(SIGNED_IN),
    "queue_pause": sends(OPERATORS),
    "queue_resume": sends(OPERATORS),
    "guide": reads(SIGNED_IN),
    "reference_image": reads(OWNER),
    "generation": reads(OWNER),
    "generation_json": reads(OWNER),
    "generation_card": reads(OWNER),
    "generation_preview": reads(OWNER),
    "generation_cancel": sends(OWNER),
    "generation_retry": sends(OWNER),
    "generation_move": sends(OWNER),
    "rerun": sends(USES),
    # gallery
    "output_reference": reads(NOT_HERE_SIGNED_IN),  # the owner of this one does not show its references
    "gallery": reads(SIGNED_IN),
    "gallery_zip": sends(SIGNED_IN),
    "gallery_everything": reads(SIGNED_IN),
    "gallery_import": both(SIGNED_IN),
    "output": reads(SEES),
    "output_json": reads(SEES),
    "output_file": reads(SEES),
    "output_download": reads(SEES),
    "output_poster": reads(SEES),
    "output_frame": reads(SEES),
    "compare": reads(SIGNED_IN),
    "compare_difference": reads(NOT_HERE_SIGNED_IN),  # of nothing
    "output_rendition": reads(SEES),
    "output_alike": reads(SEES),
    "gallery_suggest": reads(SIGNED_IN),
    "searches": both(SIGNED_IN),
    "search_rename": sends(OWNER),
    "search_delete": sends(OWNER),
    "output_favourite": sends(USES),
    "output_describe": sends(OWNER),
    "output_tag_add": sends(OWNER),
    "output_tag_remove": sends(OWNER),
    "output_collect": sends(OWNER),
    "output_uncollect": sends(OWNER),
    "output_delete": sends(OWNER),
    "output_restore": sends(OWNER),
    "output_purge": sends(OWNER),
    "trash_empty": sends(SIGNED_IN),
    "gallery_bulk": sends(SIGNED_IN),
    "tags": reads(SIGNED_IN),
    "tags_suggest": reads(SIGNED_IN),
    "tag_rename": sends(OWNER),
    "tag_delete": sends(OWNER),
    "storage": reads(SIGNED_IN),
    "storage_bar": reads(SIGNED_IN),
    "collections": reads(SIGNED_IN),
    "collection_new": both(SIGNED_IN),
    "collection": reads(SEES),
    "collection_edit": both(OWNER),
    "collection_settle": sends(OWNER),
    "collection_delete": sends(OWNER),
    "collection_arrange": reads(OWNER),
    "collection_move": sends(OWNER),
    "collection_take_out": sends(OWNER),
    "collection_cover": sends(OWNER),
    "collection_share": sends(OWNER),
    "collection_share_add": sends(OWNER),
    "collection_share_remove": sends(OWNER),
    "collection_share_link": sends(OWNER),
    "collection_link": reads(EVERYBODY),
    "collection_link_output": reads(EVERYBODY),
    "collection_link_file": reads(EVERYBODY),
    "collection_link_poster": reads(EVERYBODY),
    "output_rating": sends(OWNER),
    "output_share": sends(OWNER),
    "output_share_add": sends(OWNER),
    "output_share_remove": sends(OWNER),
    "output_share_link": sends(OWNER),
    "shared_link": reads(EVERYBODY),
    "shared_file": reads(EVERYBODY),
    "shared_poster": reads(EVERYBODY),
    # moderation
    "report": both(REPORTS),
    "report_by_link": both(EVERYBODY),
    "report_by_collection_link": both(EVERYBODY),
    "report_collection": both(REPORTS),
    "report_collection_link": both(EVERYBODY),
    "moderation": reads(MODERATORS),
    "moderation_collection": sends(access("login login 403 403 403 404 404")),  # nobody has reported it
    "moderation_decide": sends(MODERATORS),
    "moderation_refusals": sends(MODERATORS),
    "moderation_appeal": sends(MODERATORS),
    "moderation_delete_removed": sends(MODERATORS),
    "audit": reads(OPERATORS),
    "audit_export": reads(OPERATORS),
    "appeal": both(OWNER),
    "output_appeal": reads(OWNER),
    # people
    "join": reads(NOT_HERE),  # without a good invitation
    "account": reads(SIGNED_IN),
    "account_mature": sends(SIGNED_IN),
    "account_data": sends(SIGNED_IN),
    "account_delete": both(SIGNED_IN),
    "session_end": sends(OWNER),
    "notice_seen": sends(OWNER),
    "people": reads(MODERATORS),
    "join_request": sends(MODERATORS),
    "people_invitations": both(MODERATORS),
    "invitation_revoke": sends(MODERATORS),
    "person": reads(MODERATORS),
    "person_role": sends(OPERATORS),
    "person_pause": sends(MODERATORS),
    "person_unpause": sends(MODERATORS),
    "person_ban": sends(MODERATORS),
    "person_unban": sends(MODERATORS),
    "person_second_factors": sends(OPERATORS),
    "person_reset": sends(OPERATORS),
    # django-allauth
    "account_login": both(EVERYBODY),
    "account_logout": Declared(SIGNED_IN, TO_SIGN_IN),
    "account_inactive": reads(EVERYBODY),
    "account_signup": both(EVERYBODY),
    "account_reauthenticate": both(SIGNED_IN),
    "account_email": both(NOT_HERE_SIGNED_IN),  # no e-mail is sent from here
    "account_email_verification_sent": reads(EVERYBODY),
    "account_confirm_email": Declared(EVERYBODY, NOT_HERE),
    "account_change_password": both(SIGNED_IN),
    "account_set_password": both(SIGNED_IN),
    "account_reset_password": both(EVERYBODY),
    "account_reset_password_done": reads(EVERYBODY),
    "account_reset_password_from_key": both(EVERYBODY),
    "account_reset_password_from_key_done": reads(EVERYBODY),
    "account_confirm_login_code": both(SIGNED_IN),  # nobody is half signed in: strangers are sent to the beginning
    "mfa_authenticate": both(SIGNED_IN),
    "mfa_index": reads(SIGNED_IN),
    "mfa_reauthenticate": both(SIGNED_IN),
    "mfa_activate_totp": both(SIGNED_IN),
    "mfa_deactivate_totp": both(NOT_HERE_SIGNED_IN),
    "mfa_view_recovery_codes": reads(NOT_HERE_SIGNED_IN),
    "mfa_generate_recovery_codes": both(SIGNED_IN),
    "mfa_download_recovery_codes": reads(NOT_HERE_SIGNED_IN),
    "mfa_list_webauthn": reads(SIGNED_IN),
    "mfa_add_webauthn": both(SIGNED_IN),
    "mfa_reauthenticate_webauthn": both(SIGNED_IN),
    "mfa_remove_webauthn": both(SIGNED_IN),  # to confirm their password; what then is there is their own
    "mfa_edit_webauthn": both(SIGNED_IN),
    "mfa_login_webauthn": both(SIGNED_IN),
    "usersessions_list": both(SIGNED_IN),
    # the site
    "set_language": both(EVERYBODY),
    "operations": reads(ADMIN),
    "healthz": reads(EVERYBODY),
    "metrics": reads(access("401 401 403 403 403 403 yes")),
}
NAMESPACES = {"admin": both(ADMIN)}
"""Django's own pages, all behind one door. What stands in `DECLARED` as `admin:…` differs."""
NOTHING = access("login login login login login login 403")
NOWHERE = access("login login login login login login 404")
DECLARED |= {
    "admin:login": both(access("login login 403 403 403 403 yes")),
    "admin:logout": Declared(access("login login yes yes yes yes 405"), SIGNED_IN),  # others are sent on
    "admin:password_change_done": reads(ADMIN),
    "admin:jsi18n": reads(ADMIN),
    "admin:autocomplete": reads(NOTHING),  # no form here asks for it
    "admin:view_on_site": both(NOWHERE),
    "admin:unnamed": both(access("login login login login login login yes|404")),
    # What comes about by itself is looked at in the admin, and not made or changed there.
    "admin:people_profile_add": both(NOTHING),
    "admin:people_joinrequest_add": both(NOTHING),
    "admin:people_invitation_add": both(NOTHING),
    "admin:moderation_refusal_add": both(NOTHING),
    "admin:moderation_refusal_delete": both(NOTHING),
    "admin:generation_worker_add": both(NOTHING),
    "admin:generation_referenceimage_add": both(NOTHING),
    "admin:generation_generation_add": both(NOTHING),
    "admin:gallery_output_add": both(NOTHING),
    "admin:gallery_collection_add": both(NOTHING),
    "admin:people_profile_change": Declared(ADMIN, NOTHING),
    "admin:people_joinrequest_change": Declared(ADMIN, NOTHING),
    "admin:people_invitation_change": Declared(ADMIN, NOTHING),
    "admin:moderation_refusal_change": Declared(ADMIN, NOTHING),
    "admin:generation_worker_change": Declared(ADMIN, NOTHING),
    "admin:generation_referenceimage_change": Declared(ADMIN, NOTHING),
    "admin:generation_generation_change": Declared(ADMIN, NOTHING),
    "admin:gallery_output_change": Declared(ADMIN, NOTHING),
    "admin:gallery_collection_change": Declared(ADMIN, NOTHING),
}

QUERIES = {"audit_export": "?format=csv"}
SENT = {"person_role": {"role": "member"}}
"""What has to be sent along to learn more than that something is missing."""

READING = {
    "private": access("login login 404 404 yes 404 404"),
    "by name": access("login login 404 yes yes yes yes"),
    "by link": access("login login 404 404 yes yes yes"),
    "public": access("login login yes yes yes yes yes"),
    "public, not rated": access("login login 404 404 yes 404 404"),
    "public, mature": access("login login 404 404 yes yes yes"),
    "public, withheld": access("login login 404 404 404 yes yes"),
}
"""Who gets an output's picture (its file, download and poster), by what its owner and its rating say."""

BY_LINK = {
    "private": NOT_HERE,
    "by name": NOT_HERE,
    "by link": EVERYBODY,
    "by link, not rated": NOT_HERE,
    "by link, mature": NOT_HERE,
    "by link, withheld": NOT_HERE,
}
"""The same for its link."""

IN_COLLECTION = {
    "private": access("login login 404 404 yes 404 404"),
    "by name": access("login login 404 yes yes yes yes"),
    "by link": access("login login 404 404 yes yes yes"),
    "public": access("login login yes yes yes yes yes"),
    "by name, not rated": access("login login 404 404 yes 404 404"),
    "by name, mature": access("login login 404 404 yes yes yes"),
    "by name, withheld": access("login login 404 404 404 yes yes"),
    "by name, in the trash": access("login login 404 404 yes 404 404"),
    "public, mature": access("login login 404 404 yes yes yes"),
    "public, in the trash": access("login login 404 404 yes 404 404"),
}
"""Who gets the picture of a private output that is in a collection, by whom its owner shows the collection to."""

BY_COLLECTION_LINK = {
    "by link": EVERYBODY,
    "by name": NOT_HERE,
    "public": NOT_HERE,
    "by link, not rated": NOT_HERE,
    "by link, mature": NOT_HERE,
    "by link, withheld": NOT_HERE,
    "by link, in the trash": NOT_HERE,
}
"""The same for the link of the collection."""
