from django.apps import AppConfig
from django.core import checks


class SchedulingConfig(AppConfig):
    name = "nahbar.scheduling"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from nahbar.outbox import registry
        from nahbar.people.registry import register_known
        from nahbar.scheduling import calendar_mails, readiness, receivers  # noqa: F401  (the last two register)
        from nahbar.scheduling.belongings import register_belongings
        from nahbar.scheduling.constraints import check_guards
        from nahbar.scheduling.queries import deputised_clients

        registry.register(
            calendar_mails.TEMPLATE, render=calendar_mails.render, still_wanted=calendar_mails.still_wanted
        )
        register_belongings()
        register_known(deputised_clients)
        checks.register(check_guards, checks.Tags.database)
