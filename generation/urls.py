from django.urls import path, register_converter

from .views import bringing, generations, grids, pages, queue, reading, studio


class SHA256Converter:
    regex = "[0-9a-f]{64}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(SHA256Converter, "sha256")

urlpatterns = [
    path("", studio.studio, name="studio"),
    path("generate/", studio.generate, name="generate"),
    path("compose/", studio.compose, name="compose"),
    path("estimate/", studio.estimate, name="estimate"),
    path("explore/", grids.explore, name="explore"),
    path("grids/", grids.index, name="grids"),
    path("grids/<uuid:grid_id>/", grids.page, name="grid"),
    path("grids/<uuid:grid_id>/sheet/", grids.sheet, name="grid_sheet"),
    path("grids/<uuid:grid_id>/sheet.jpg", grids.picture, name="grid_picture"),
    path("grids/<uuid:grid_id>/cancel/", grids.cancel, name="grid_cancel"),
    path("read/", reading.read_parameters, name="read_parameters"),
    path("queue/", queue.page, name="queue"),
    path("queue/cancel/", queue.cancel_all, name="queue_cancel"),
    path("queue/pause/", queue.pause, name="queue_pause"),
    path("queue/resume/", queue.resume, name="queue_resume"),
    path("guide/", pages.guide, name="guide"),
    path("references/<sha256:sha256>/", pages.reference_image, name="reference_image"),
    path("generations/<uuid:generation_id>/", generations.page, name="generation"),
    path("generations/<uuid:generation_id>.json", generations.as_json, name="generation_json"),
    path("generations/<uuid:generation_id>/card/", generations.card, name="generation_card"),
    path("generations/<uuid:generation_id>/preview.jpg", generations.preview, name="generation_preview"),
    path("generations/<uuid:generation_id>/cancel/", generations.cancel, name="generation_cancel"),
    path("generations/<uuid:generation_id>/retry/", generations.retry, name="generation_retry"),
    path("generations/<uuid:generation_id>/move/", queue.move, name="generation_move"),
    path("gallery/import/", bringing.bring_in, name="gallery_import"),
    path("gallery/<uuid:output_id>/references/<sha256:sha256>/", pages.output_reference, name="output_reference"),
    path("gallery/<uuid:output_id>/rerun/", generations.rerun, name="rerun"),
]
