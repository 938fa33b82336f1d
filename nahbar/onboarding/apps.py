from django.apps import AppConfig


class OnboardingConfig(AppConfig):
    name = "nahbar.onboarding"
    default_auto_field = "django.db.models.BigAutoField"
