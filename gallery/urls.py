from django.urls import path

from . import views

urlpatterns = [
    path("", views.index, name="gallery"),
    path("<uuid:output_id>.json", views.output_json, name="output_json"),
    path("<uuid:output_id>/", views.detail, name="output"),
    path("<uuid:output_id>/file", views.file, name="output_file"),
    path("<uuid:output_id>/download", views.download, name="output_download"),
    path("<uuid:output_id>/poster", views.poster, name="output_poster"),
    path("<uuid:output_id>/delete/", views.delete, name="output_delete"),
]
