from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("gallery", "0011_change")]

    operations = [
        migrations.AddIndex(
            model_name="output",
            index=models.Index(fields=["seed", "owner"], name="output_by_seed"),
        ),
    ]
