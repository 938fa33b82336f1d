from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "nahbar.web"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from nahbar.audit.retention import register
        from nahbar.web.retention import COUNTERS, SESSIONS

        register(SESSIONS)
        register(COUNTERS)
