from django.apps import AppConfig


class ReportingConfig(AppConfig):
    name = "nahbar.reporting"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from nahbar.outbox.clockwork import every
        from nahbar.reporting import receivers  # noqa: F401  (receivers connect on import)
        from nahbar.reporting.operations import nightly

        every(seconds=600, name="reporting.build")(lambda now: nightly(now=now))
