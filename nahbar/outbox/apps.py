from django.apps import AppConfig


class OutboxConfig(AppConfig):
    name = "nahbar.outbox"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from nahbar.audit.retention import register
        from nahbar.outbox import duties, retention  # noqa: F401  registers duties with the clock

        register(retention.MESSAGES)
        register(retention.TASKS)
