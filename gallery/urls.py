from django.urls import path

from . import (
    compare_views,
    file_views,
    grid_views,
    link_views,
    order_urls,
    rating_views,
    sharing_views,
    views,
)

urlpatterns = [
    path("gallery/", grid_views.index, name="gallery"),
    path("gallery/<uuid:output_id>.json", views.output_json, name="output_json"),
    path("gallery/<uuid:output_id>/", views.detail, name="output"),
    path("gallery/<uuid:output_id>/file", file_views.file, name="output_file"),
    path("gallery/<uuid:output_id>/download", file_views.download, name="output_download"),
    path("gallery/<uuid:output_id>/poster", file_views.poster, name="output_poster"),
    path("gallery/<uuid:output_id>/rendition/<slug:spec>", file_views.rendition, name="output_rendition"),
    path("gallery/<uuid:output_id>/frames/<int:number>", file_views.frame, name="output_frame"),
    path("compare/", compare_views.compare, name="compare"),
    path("compare/difference/", compare_views.difference, name="compare_difference"),
    path("gallery/<uuid:output_id>/rating/", rating_views.raise_rating, name="output_rating"),
    path("gallery/<uuid:output_id>/share/", sharing_views.share, name="output_share"),
    path("gallery/<uuid:output_id>/share/add/", sharing_views.add_person, name="output_share_add"),
    path("gallery/<uuid:output_id>/share/remove/", sharing_views.remove_person, name="output_share_remove"),
    path("gallery/<uuid:output_id>/share/link/", sharing_views.renew_link, name="output_share_link"),
    path("s/<uuid:key>/", link_views.page, name="shared_link"),
    path("s/<uuid:key>/file", link_views.file, name="shared_file"),
    path("s/<uuid:key>/poster", link_views.poster, name="shared_poster"),
    *order_urls.urlpatterns,
]
