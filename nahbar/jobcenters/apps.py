from django.apps import AppConfig


class JobCentersConfig(AppConfig):
    name = "nahbar.jobcenters"
    default_auto_field = "django.db.models.BigAutoField"
