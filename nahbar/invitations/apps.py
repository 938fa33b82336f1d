from functools import partial

from django.apps import AppConfig


class InvitationsConfig(AppConfig):
    name = "nahbar.invitations"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from nahbar.audit.retention import register
        from nahbar.invitations import mails, own_rights, receivers  # noqa: F401  (receivers connect on import)
        from nahbar.invitations.operations import expire
        from nahbar.invitations.retention import DEVICES
        from nahbar.invitations.rules import Template
        from nahbar.outbox import registry
        from nahbar.outbox.clockwork import every
        from nahbar.people import rights

        for template in Template:
            registry.register(
                template.value,
                render=partial(mails.render, template),
                still_wanted=partial(mails.still_wanted, template),
            )
        every(seconds=600, name="invitations.expire")(lambda now: expire(now=now))
        register(DEVICES)
        for keeper in (own_rights.INVITATIONS, own_rights.DEVICES, own_rights.MESSAGES):
            rights.register(keeper)
