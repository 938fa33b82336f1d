from django.apps import AppConfig
from django.core import checks


class SchedulingConfig(AppConfig):
    name = "nahbar.scheduling"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from nahbar.outbox import registry
        from nahbar.people import rights
        from nahbar.scheduling import calendar_mails, own_rights, receivers  # noqa: F401  (receivers connect on import)
        from nahbar.scheduling.constraints import check_guards

        registry.register(
            calendar_mails.TEMPLATE, render=calendar_mails.render, still_wanted=calendar_mails.still_wanted
        )
        for keeper in (own_rights.APPOINTMENTS, own_rights.CHANGES, own_rights.CONTACTS, own_rights.CALL_TASKS):
            rights.register(keeper)
        checks.register(check_guards, checks.Tags.database)
