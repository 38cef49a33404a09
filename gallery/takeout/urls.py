from django.urls import path

from . import views

urlpatterns = [
    path("gallery/zip/", views.some, name="gallery_zip"),
    path("gallery/everything.zip", views.everything, name="gallery_everything"),
]
