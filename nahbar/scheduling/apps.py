from django.apps import AppConfig
from django.core import checks


class SchedulingConfig(AppConfig):
    name = "nahbar.scheduling"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from nahbar.scheduling import receivers  # noqa: F401  (receivers connect on import)
        from nahbar.scheduling.constraints import check_guards

        checks.register(check_guards, checks.Tags.database)
