"""Remixes that changed but the seed become variants; those of what somebody else made stay what they are."""

from django.db import migrations, models
from django.db.models import F


def tell_variants(apps, schema_editor):
    remixes = apps.get_model("gallery", "Descent").objects.filter(how="remix")
    remixes.filter(child__stack=F("parent__stack")).update(how="variant")


def tell_remixes(apps, schema_editor):
    apps.get_model("gallery", "Descent").objects.filter(how="variant").update(how="remix")


class Migration(migrations.Migration):
    dependencies = [("gallery", "0014_words_of_parameters")]

    operations = [
        migrations.AlterField(
            model_name="descent",
            name="how",
            field=models.CharField(
                choices=[("remix", "remix"), ("variant", "variant"), ("rerun", "again"), ("reference", "reference")],
                max_length=10,
                verbose_name="how",
            ),
        ),
        migrations.RunPython(tell_variants, tell_remixes),
    ]
