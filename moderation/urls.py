from django.urls import path

from .views import appeals, audit, queue, reports

urlpatterns = [
    path("gallery/<uuid:output_id>/report/", reports.report, name="report"),
    path("gallery/<uuid:output_id>/appeal/", appeals.of_output, name="output_appeal"),
    path("s/<uuid:key>/report/", reports.report_by_link, name="report_by_link"),
    path("c/<uuid:key>/<uuid:output_id>/report/", reports.report_by_collection_link, name="report_by_collection_link"),
    path("collections/<uuid:collection_id>/report/", reports.report_collection, name="report_collection"),
    path("c/<uuid:key>/report/", reports.report_collection_by_link, name="report_collection_link"),
    path("moderation/", queue.index, name="moderation"),
    path("moderation/outputs/<uuid:output_id>/", queue.decide, name="moderation_decide"),
    path("moderation/collections/<uuid:collection_id>/", queue.decide_collection, name="moderation_collection"),
    path("moderation/refusals/<int:user_id>/", queue.decide_refusals, name="moderation_refusals"),
    path("moderation/appeals/<int:appeal_id>/", queue.decide_appeal, name="moderation_appeal"),
    path("moderation/removed/", queue.delete_removed, name="moderation_delete_removed"),
    path("moderation/audit/", audit.log, name="audit"),
    path("moderation/audit/export", audit.export, name="audit_export"),
    path("appeals/<int:entry_id>/", appeals.appeal, name="appeal"),
]
