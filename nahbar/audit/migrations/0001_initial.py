from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="AuditEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
                ("action", models.CharField(max_length=32)),
                ("office", models.CharField(blank=True, max_length=64)),
                ("actor_kind", models.CharField(max_length=16)),
                ("actor_id", models.CharField(blank=True, max_length=64)),
                ("object_kind", models.CharField(max_length=32)),
                ("object_id", models.CharField(max_length=64)),
                ("detail", models.JSONField(default=dict)),
            ],
            options={
                "base_manager_name": "objects",
                "indexes": [
                    models.Index(fields=["office", "at"], name="audit_office_at"),
                    models.Index(fields=["object_kind", "object_id"], name="audit_object"),
                    models.Index(fields=["at"], name="audit_at"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("actor_kind__in", ["staff", "client", "system", "anonymous"])),
                        name="audit_actor_kind_known",
                    )
                ],
            },
        ),
    ]
