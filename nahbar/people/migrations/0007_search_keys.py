from django.db import migrations

from nahbar.people.spelling import keys_of

AT_ONCE = 500


def index_everybody(apps, schema_editor):
    """Search keys for the clients that are there already."""
    client_model = apps.get_model("people", "Client")
    key_model = apps.get_model("people", "SearchKey")
    rows = client_model.objects.values_list("pk", "jobcenter_id", "first_name", "last_name", "number")
    keys = (
        key_model(client_id=pk, jobcenter_id=office, kind=kind.value, key=key)
        for pk, office, first, last, number in rows.iterator(AT_ONCE)
        for kind, key in sorted(keys_of(names=f"{first} {last}", number=number))
    )
    key_model.objects.bulk_create(keys, batch_size=AT_ONCE)


class Migration(migrations.Migration):
    dependencies = [("people", "0006_records")]

    operations = [migrations.RunPython(index_everybody, migrations.RunPython.noop)]
