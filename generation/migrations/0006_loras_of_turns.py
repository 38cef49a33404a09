from django.db import migrations, models


def note_loras(apps, schema_editor):
    """What may still be made gets its LoRAs; the reconciler mends the turns."""
    generations = apps.get_model("generation", "Generation").objects.exclude(state="succeeded")
    for row in generations.filter(parameters__loras__0__isnull=False).only("parameters").iterator():
        names = sorted(entry["name"] for entry in row.parameters["loras"] if entry["weight"])
        generations.filter(pk=row.pk).update(loras="\n".join(names))


class Migration(migrations.Migration):
    dependencies = [
        ("generation", "0005_references_made_here"),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="turn", name="one_turn_per_owner_and_model"),
        migrations.RemoveIndex(model_name="generation", name="generation_next"),
        migrations.AddField(
            model_name="generation",
            name="loras",
            field=models.TextField(
                blank=True,
                default="",
                help_text="Their names, sorted, one a line: a worker must have them.",
                verbose_name="LoRAs",
            ),
        ),
        migrations.AddField(model_name="turn", name="loras", field=models.TextField(default="")),
        migrations.AddIndex(
            model_name="generation",
            index=models.Index(
                condition=models.Q(("state", "queued")),
                fields=["owner", "model", "loras", "place", "id"],
                name="generation_next",
            ),
        ),
        migrations.AddIndex(
            model_name="turn",
            index=models.Index(
                condition=models.Q(("loras", ""), _negated=True), fields=["model", "loras"], name="turn_with_loras"
            ),
        ),
        migrations.AddConstraint(
            model_name="turn",
            constraint=models.UniqueConstraint(fields=("owner", "model", "loras"), name="one_turn_per_kind"),
        ),
        migrations.RunPython(note_loras, migrations.RunPython.noop),
    ]
