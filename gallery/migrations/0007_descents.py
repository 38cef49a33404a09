"""What was remixed and made again before there were rows for it."""

from django.db import migrations

BATCH = 1000
WAYS = {"remix": "generation__remixed_from", "rerun": "generation__rerun_of"}


def write(apps, schema_editor):
    Output, Descent = (apps.get_model("gallery", name) for name in ("Output", "Descent"))
    for how, parent in WAYS.items():
        pairs = Output.objects.exclude(**{parent: None}).order_by("pk").values_list("pk", parent)
        batch = list(pairs[:BATCH])
        while batch:
            Descent.objects.bulk_create(
                (Descent(child_id=child, parent_id=of, how=how) for child, of in batch), ignore_conflicts=True
            )
            batch = list(pairs.filter(pk__gt=batch[-1][0])[:BATCH])


class Migration(migrations.Migration):
    dependencies = [
        ("gallery", "0006_an_order_to_keep"),
        ("generation", "0005_references_made_here"),
    ]

    operations = [migrations.RunPython(write, migrations.RunPython.noop, elidable=True)]
