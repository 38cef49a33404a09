"""When an output is due to be drawn; and the stacks of what was made before there were any."""

import django.utils.timezone
from django.db import migrations, models
from django.db.models import Exists, OuterRef, Q

from gallery import stacks

BATCH = 1000


def stack(apps, schema_editor):
    Output = apps.get_model("gallery", "Output")
    rows = Output.objects.filter(stack=None).only("owner", "parameters").order_by("pk")
    batch = list(rows[:BATCH])
    while batch:
        for output in batch:
            output.stack = stacks.of(output.owner_id, output.parameters)
        Output.objects.bulk_update(batch, ["stack"])
        batch = list(rows.filter(pk__gt=batch[-1].pk)[:BATCH])
    same = Output.objects.filter(stack=OuterRef("stack"), trashed_at=None)
    later = Q(created_at__gt=OuterRef("created_at")) | Q(created_at=OuterRef("created_at"), pk__gt=OuterRef("pk"))
    Output.objects.filter(Exists(same.filter(later))).update(leads_stack=False)


class Migration(migrations.Migration):
    dependencies = [("gallery", "0008_room_for_files")]

    operations = [
        migrations.AddField(
            model_name="output",
            name="draw_at",
            field=models.DateTimeField(
                blank=True,
                default=django.utils.timezone.now,
                help_text="While its renditions are missing: when the next try is due.",
                null=True,
                verbose_name="to be drawn",
            ),
        ),
        migrations.AddField(
            model_name="output",
            name="draw_tries",
            field=models.PositiveSmallIntegerField(default=0, verbose_name="tries to draw it"),
        ),
        migrations.AddIndex(
            model_name="output",
            index=models.Index(
                condition=models.Q(("draw_at__isnull", False)), fields=["draw_at"], name="output_undrawn"
            ),
        ),
        migrations.RunPython(stack, migrations.RunPython.noop, elidable=True),
    ]
