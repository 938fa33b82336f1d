from datetime import datetime

from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "nahbar.web"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.contrib.sessions.models import Session

        from nahbar.outbox.clockwork import every

        @every(seconds=3600, name="web.sessions")
        def forget_sessions(now: datetime) -> object:
            return Session.objects.filter(expire_date__lt=now).delete()
