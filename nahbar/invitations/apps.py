from functools import partial

from django.apps import AppConfig


class InvitationsConfig(AppConfig):
    name = "nahbar.invitations"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from nahbar.invitations import mails, receivers  # noqa: F401  (receivers connect on import)
        from nahbar.invitations.operations import expire, forget
        from nahbar.invitations.rules import Template
        from nahbar.outbox import registry
        from nahbar.outbox.clockwork import every

        for template in Template:
            registry.register(
                template.value,
                render=partial(mails.render, template),
                still_wanted=partial(mails.still_wanted, template),
            )
        every(seconds=600, name="invitations.expire")(lambda now: expire(now=now))
        every(seconds=3600, name="invitations.forget")(lambda now: forget(now=now))
