from django.db import migrations, models


class Migration(migrations.Migration):
    """What a release may do while the one before it serves: add, holding one busy table at a time and never two."""

    initial = True
    atomic = False
    dependencies = [("jams", "0001_initial"), ("votes", "0001_initial")]
    operations = [
        migrations.CreateModel(
            "Mood",
            [
                ("id", models.BigAutoField(primary_key=True)),
                ("jam", models.ForeignKey("jams.Jam", models.CASCADE)),
                ("word", models.CharField(max_length=20)),
            ],
        ),
        migrations.RunSQL(
            [
                "ALTER TABLE votes_vote ADD COLUMN mood varchar(20)",
                "ALTER TABLE jams_jam ADD COLUMN mood varchar(20) DEFAULT '' NOT NULL",
                "CREATE INDEX votes_vote_mood ON votes_vote (mood)",
            ],
            [
                "ALTER TABLE votes_vote DROP COLUMN mood",
                "ALTER TABLE jams_jam DROP COLUMN mood",
            ],
        ),
    ]
