import django.db.models.deletion
from django.db import migrations, models
from django.db.models import OuterRef, Subquery
from django.db.models.functions import Coalesce


def name_teams(apps, schema_editor):
    """Contacts from before: of their talk's team, or of the person's."""
    contact = apps.get_model("scheduling", "Contact")
    talk = apps.get_model("scheduling", "Appointment").objects.filter(pk=OuterRef("appointment_id")).values("team_id")
    person = apps.get_model("people", "Client").objects.filter(pk=OuterRef("client_id")).values("team_id")
    contact.objects.filter(team=None).update(team_id=Coalesce(Subquery(talk), Subquery(person)))


class Migration(migrations.Migration):

    dependencies = [
        ('jobcenters', '0010_places'),
        ('scheduling', '0012_outcomes_and_contacts'),
    ]

    operations = [
        migrations.AddField(
            model_name='contact',
            name='km',
            field=models.PositiveSmallIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='contact',
            name='team',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='jobcenters.team'),
        ),
        migrations.RunPython(name_teams, migrations.RunPython.noop),
    ]
