from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path
from django.views.i18n import set_language

from generation.views.operations import operations
from people import rates

from .health import healthz
from .metrics import metrics

admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]  # one door, with all its locks

admin.site.site_header = admin.site.site_title = "MediaGen"

handler429 = rates.too_many

urlpatterns = [
    path("", include("generation.urls")),
    path("", include("gallery.urls")),
    path("", include("gallery.search.urls")),
    path("", include("gallery.takeout.urls")),
    path("", include("people.urls")),
    path("", include("moderation.urls")),
    path("accounts/", include("allauth.account.urls")),
    path("accounts/2fa/", include("allauth.mfa.urls")),
    path("accounts/sessions/", include("allauth.usersessions.urls")),
    path("i18n/setlang/", login_not_required(set_language), name="set_language"),
    path("admin/operations/", admin.site.admin_view(operations), name="operations"),
    path("admin/", admin.site.urls),
    path("healthz", healthz, name="healthz"),
    path("metrics", metrics, name="metrics"),
]
