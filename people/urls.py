"""Pages of people. Two of them stand before allauth's own, which asks for e-mail that a site need not have."""

from django.urls import path

from .views import account, data, entrance, people, person

urlpatterns = [
    path("join/", entrance.join, name="join"),
    path("accounts/password/reset/", entrance.password_reset, name="account_reset_password"),
    path("accounts/email/", entrance.email, name="account_email"),
    path("account/", account.account, name="account"),
    path("account/mature/", account.mature, name="account_mature"),
    path("account/data/", data.take_out, name="account_data"),
    path("account/delete/", data.leave, name="account_delete"),
    path("account/sessions/<int:session_id>/end/", account.end_session, name="session_end"),
    path("account/notices/<int:notice_id>/seen/", account.notice_seen, name="notice_seen"),
    path("people/", people.index, name="people"),
    path("people/requests/<int:user_id>/", people.decide, name="join_request"),
    path("people/invitations/", people.invitations, name="people_invitations"),
    path("people/invitations/<int:invitation_id>/revoke/", people.revoke, name="invitation_revoke"),
    path("people/<int:user_id>/", person.person, name="person"),
    path("people/<int:user_id>/role/", person.role, name="person_role"),
    path("people/<int:user_id>/pause/", person.pause, name="person_pause"),
    path("people/<int:user_id>/unpause/", person.unpause, name="person_unpause"),
    path("people/<int:user_id>/ban/", person.ban, name="person_ban"),
    path("people/<int:user_id>/unban/", person.unban, name="person_unban"),
    path("people/<int:user_id>/second-factors/", person.remove_second_factors, name="person_second_factors"),
    path("people/<int:user_id>/reset/", person.reset_link, name="person_reset"),
]
