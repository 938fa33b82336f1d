from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "nahbar.people"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from nahbar.audit import retention
        from nahbar.outbox.clockwork import every
        from nahbar.people import own_rights, rights
        from nahbar.people.erasing import erased_ids
        from nahbar.people.ledger import top_up
        from nahbar.people.retention import Files

        retention.register(Files())
        for keeper in (own_rights.RECORD, own_rights.HOLD):
            rights.register(keeper)
        every(seconds=3600, name="people.ledger")(lambda now: top_up(erased_ids()))
