from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "nahbar.audit"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.utils.translation import gettext_lazy as _

        from nahbar.audit.models import AuditEntry, RetentionRun, expired
        from nahbar.audit.privacy import Period
        from nahbar.audit.retention import Rows, register
        from nahbar.audit.rules import AUDIT_PERIOD

        register(
            Rows(
                name="audit.entries",
                what=_("Protokoll: wer was getan hat"),
                period=Period.AUDIT_PERIOD,
                models=frozenset({"audit.AuditEntry"}),
                due=lambda now: AuditEntry.objects.filter(at__lt=now - AUDIT_PERIOD),
                since="at",
                office="office",
                remove=expired,
            )
        )
        register(
            Rows(
                name="audit.runs",
                what=_("Nachweise der Löschläufe"),
                period=Period.AUDIT_PERIOD,
                models=frozenset({"audit.RetentionRun", "audit.RetentionEntry"}),
                due=lambda now: RetentionRun.objects.filter(started_at__lt=now - AUDIT_PERIOD),
                since="started_at",
            )
        )
