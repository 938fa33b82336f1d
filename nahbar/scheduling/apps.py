from django.apps import AppConfig
from django.core import checks


class SchedulingConfig(AppConfig):
    name = "nahbar.scheduling"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from nahbar.outbox import registry
        from nahbar.people import rights
        from nahbar.people.registry import register_known
        from nahbar.scheduling import (  # noqa: F401  (readiness and receivers register)
            calendar_mails,
            own_rights,
            readiness,
            receivers,
        )
        from nahbar.scheduling.belongings import register_belongings
        from nahbar.scheduling.constraints import check_guards
        from nahbar.scheduling.queries import deputised_clients

        registry.register(
            calendar_mails.TEMPLATE, render=calendar_mails.render, still_wanted=calendar_mails.still_wanted
        )
        register_belongings()
        register_known(deputised_clients)
        for keeper in (own_rights.APPOINTMENTS, own_rights.CHANGES, own_rights.CONTACTS, own_rights.CALL_TASKS):
            rights.register(keeper)
        checks.register(check_guards, checks.Tags.database)
