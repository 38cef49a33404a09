from django.urls import path

from . import views

urlpatterns = [
    path("gallery/suggest/", views.suggest, name="gallery_suggest"),
    path("gallery/searches/", views.searches, name="searches"),
    path("gallery/searches/<int:search_id>/", views.rename, name="search_rename"),
    path("gallery/searches/<int:search_id>/delete/", views.delete, name="search_delete"),
    path("gallery/<uuid:output_id>/alike/", views.like, name="output_alike"),
]
