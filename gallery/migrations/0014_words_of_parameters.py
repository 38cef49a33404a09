"""The words of all outputs anew: with the values of their parameters."""

from django.db import migrations

from gallery.search import index


def write(apps, schema_editor):
    index.write_all(index.Tables(*(apps.get_model("gallery", name) for name in ("Output", "Words"))))


class Migration(migrations.Migration):
    dependencies = [("gallery", "0013_by_model")]

    operations = [migrations.RunPython(write, migrations.RunPython.noop, elidable=True)]
