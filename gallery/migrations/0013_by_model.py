from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("gallery", "0012_by_seed")]

    operations = [
        migrations.AddIndex(
            model_name="output",
            index=models.Index(fields=["owner", "model", "-created_at", "-id"], name="output_of_owner_and_model"),
        ),
    ]
