import uuid

from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="OutboxMessage",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("template", models.CharField(max_length=64)),
                ("about_kind", models.CharField(max_length=32)),
                ("about_id", models.CharField(max_length=64)),
                ("office", models.CharField(blank=True, max_length=64)),
                ("channel", models.CharField(choices=[("mail", "E-Mail")], default="mail", max_length=8)),
                ("key", models.CharField(max_length=128, null=True, unique=True)),
                ("queued_at", models.DateTimeField()),
                ("not_before", models.DateTimeField(null=True)),
                ("not_after", models.DateTimeField(null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("queued", "wird versendet"),
                            ("sending", "wird gerade versendet"),
                            ("sent", "versendet"),
                            ("failed", "nicht zustellbar"),
                            ("uncertain", "ungewiss, ob versendet"),
                            ("dropped", "nicht mehr nötig"),
                        ],
                        default="queued",
                        max_length=16,
                    ),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("next_attempt_at", models.DateTimeField()),
                ("task_id", models.UUIDField(null=True)),
                ("claim", models.UUIDField(null=True)),
                ("claimed_at", models.DateTimeField(null=True)),
                ("handed_over_at", models.DateTimeField(null=True)),
                ("fate_at", models.DateTimeField(null=True)),
                ("last_error", models.CharField(blank=True, max_length=64)),
                ("message_id", models.CharField(max_length=255)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["state", "next_attempt_at"], name="outbox_due"),
                    models.Index(fields=["about_kind", "about_id"], name="outbox_about"),
                    models.Index(fields=["fate_at"], name="outbox_fate_at"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["queued", "sending", "sent", "failed", "uncertain", "dropped"])
                        ),
                        name="outbox_state_known",
                    ),
                    models.CheckConstraint(condition=models.Q(("channel__in", ["mail"])), name="outbox_channel_known"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("claim__isnull", False), ("state", "sending")),
                            models.Q(models.Q(("state", "sending"), _negated=True), ("claim__isnull", True)),
                            _connector="OR",
                        ),
                        name="outbox_claimed_while_sending",
                    ),
                ],
            },
        ),
    ]
