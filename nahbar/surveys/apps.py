from django.apps import AppConfig


class SurveysConfig(AppConfig):
    name = "nahbar.surveys"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from nahbar.audit.retention import register
        from nahbar.outbox import registry
        from nahbar.outbox.clockwork import every
        from nahbar.people import rights
        from nahbar.surveys import asking, own_rights, retention
        from nahbar.surveys.operations import move_lots
        from nahbar.surveys.rules import TEMPLATE

        registry.register(TEMPLATE, render=asking.render, still_wanted=asking.still_wanted)
        every(seconds=600, name="surveys.move")(move_lots)
        every(seconds=600, name="surveys.ask")(asking.ask_by_mail)
        register(retention.SPENT_TICKETS)
        rights.register(own_rights.QUESTIONS)
