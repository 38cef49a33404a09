import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("gallery", "0006_an_order_to_keep"),
        ("generation", "0006_loras_of_turns"),
    ]

    operations = [
        migrations.AddField(
            model_name="referenceimage",
            name="taken_from",
            field=models.ForeignKey(
                blank=True,
                help_text="The output whose picture, or frame, this is.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="gallery.output",
                verbose_name="taken from",
            ),
        ),
    ]
