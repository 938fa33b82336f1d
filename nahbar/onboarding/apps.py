from django.apps import AppConfig


class OnboardingConfig(AppConfig):
    name = "nahbar.onboarding"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from nahbar.onboarding import trial_mail
        from nahbar.outbox import registry

        registry.register(trial_mail.TEMPLATE, render=trial_mail.render, still_wanted=trial_mail.still_wanted)
