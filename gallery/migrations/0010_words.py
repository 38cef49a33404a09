"""The words by which outputs are found, with full text of each database, and those of what is there already."""

import django.db.models.deletion
from django.db import migrations, models

from gallery.models.words import FTS, TermsField
from gallery.search import index

TABLE = "gallery_words"
SQLITE = (
    # Only words are kept here that are made plain already: this splits them at blanks.
    f"""CREATE VIRTUAL TABLE {FTS}
        USING fts5(terms, content='{TABLE}', content_rowid='id', tokenize="ascii tokenchars '.~'")""",
    f"""CREATE TRIGGER {TABLE}_written AFTER INSERT ON {TABLE} BEGIN
        INSERT INTO {FTS}(rowid, terms) VALUES (new.id, new.terms); END""",
    f"""CREATE TRIGGER {TABLE}_gone AFTER DELETE ON {TABLE} BEGIN
        INSERT INTO {FTS}({FTS}, rowid, terms) VALUES ('delete', old.id, old.terms); END""",
    f"""CREATE TRIGGER {TABLE}_rewritten AFTER UPDATE ON {TABLE} BEGIN
        INSERT INTO {FTS}({FTS}, rowid, terms) VALUES ('delete', old.id, old.terms);
        INSERT INTO {FTS}(rowid, terms) VALUES (new.id, new.terms); END""",
)
POSTGRESQL = (f"CREATE INDEX {FTS} ON {TABLE} USING gin (terms)",)


def full_text(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        for statement in POSTGRESQL if schema_editor.connection.vendor == "postgresql" else SQLITE:
            cursor.execute(statement)


def no_full_text(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute(f"DROP TABLE {FTS}")


def write(apps, schema_editor):
    index.write_all(index.Tables(*(apps.get_model("gallery", name) for name in ("Output", "Words"))))


class Migration(migrations.Migration):
    dependencies = [("gallery", "0009_renditions_and_stacks")]

    operations = [
        migrations.CreateModel(
            name="Words",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "output",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="words",
                        to="gallery.output",
                        verbose_name="output",
                    ),
                ),
                ("terms", TermsField()),
            ],
            options={"verbose_name": "words of an output", "verbose_name_plural": "words of outputs"},
        ),
        migrations.RunPython(full_text, no_full_text),
        migrations.RunPython(write, migrations.RunPython.noop, elidable=True),
    ]
