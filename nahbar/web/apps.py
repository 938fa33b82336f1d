from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "nahbar.web"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from nahbar.audit.retention import register
        from nahbar.outbox.clockwork import every
        from nahbar.web.retention import COUNTERS, SESSIONS, forget_counters
        from nahbar.web.shared import accounts, factors  # noqa: F401  (receivers connect on import)

        register(SESSIONS)
        register(COUNTERS)
        every(seconds=60, name="web.counters")(forget_counters)
