import jams.codes
from django.db import migrations, models


def give_codes(apps, schema_editor):
    Jam = apps.get_model("jams", "Jam")
    for jam in Jam.objects.order_by("pk").iterator():
        jam.code = jams.codes.new_code()
        jam.save(update_fields=["code"])


class Migration(migrations.Migration):
    dependencies = [("jams", "0003_musicians")]

    operations = [
        migrations.AddField("event", "undone_at", models.DateTimeField(blank=True, null=True, verbose_name='undone')),
        migrations.AddField("jam", "code", models.CharField(editable=False, max_length=8, null=True)),
        migrations.RunPython(give_codes, migrations.RunPython.noop, elidable=True),
        migrations.AlterField(
            "jam",
            "code",
            models.CharField(
                default=jams.codes.new_code, editable=False, max_length=8, unique=True, verbose_name="short code"
            ),
        ),
    ]
