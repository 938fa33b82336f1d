from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "nahbar.people"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from nahbar.outbox.clockwork import every
        from nahbar.people.imports import forget_imports
        from nahbar.people.records import forget_looks

        every(seconds=3600, name="people.forget_imports")(lambda now: forget_imports(now=now))
        every(seconds=3600, name="people.forget_looks")(lambda now: forget_looks(now=now))
