from django.contrib import admin
from django.urls import include, path

from generation.views.operations import operations

from .health import healthz
from .metrics import metrics

urlpatterns = [
    path("", include("generation.urls")),
    path("gallery/", include("gallery.urls")),
    path("accounts/", include("allauth.account.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("admin/operations/", admin.site.admin_view(operations), name="operations"),
    path("admin/", admin.site.urls),
    path("healthz", healthz, name="healthz"),
    path("metrics", metrics, name="metrics"),
]
