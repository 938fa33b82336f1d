import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """Apart from the filling: PostgreSQL changes no table whose rows still have checks to come."""

    dependencies = [
        ('jobcenters', '0010_places'),
        ('scheduling', '0013_contact_team_and_km'),
    ]

    operations = [
        migrations.AlterField(
            model_name='contact',
            name='team',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='jobcenters.team'),
        ),
    ]
