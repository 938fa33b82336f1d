from nahbar.audit.privacy import Fields, Period, Privacy, PrivacyClass


def _technical(purpose: str, period: Period = Period.FOURTEEN_DAYS_AFTER_FATE) -> Privacy:
    return Privacy(PrivacyClass.TECHNICAL, purpose, period)


def _communication(purpose: str) -> Privacy:
    return Privacy(PrivacyClass.COMMUNICATION, purpose, Period.FOURTEEN_DAYS_AFTER_FATE)


FIELDS: Fields = {
    "OutboxMessage": {
        "public_id": _technical("names the message in logs and its Message-ID"),
        "template": _communication("which text is sent"),
        "about_kind": _communication("what kind of thing it is about"),
        "about_id": _communication("which one it is about, to render it when it is sent"),
        "office": _communication("which office sends it"),
        "channel": _communication("how it is sent"),
        "key": _technical("keeps it from being queued twice"),
        "queued_at": _communication("when it was asked for"),
        "not_before": _communication("when it may be sent at the earliest"),
        "not_after": _communication("when it is too late to send it"),
        "state": _communication("whether it was sent, shown at the appointment"),
        "attempts": _technical("how often sending was tried"),
        "next_attempt_at": _technical("when it is tried next"),
        "task_id": _technical("the task that will send it"),
        "claim": _technical("the attempt that is sending it"),
        "claimed_at": _technical("tells a dead worker"),
        "handed_over_at": _communication("whether it may have arrived"),
        "fate_at": _communication("when its fate was known; begins its last fourteen days"),
        "last_error": _technical("class of the last error, without addresses"),
        "message_id": _technical("lets mail servers recognise a repetition"),
    },
    "django_tasks_database.DBTaskResult": {
        name: _technical(purpose, Period.DAYS)
        for name, purpose in {
            "id": "names the task",
            "status": "whether it has run",
            "enqueued_at": "when it was asked for",
            "started_at": "tells a dead worker",
            "finished_at": "when it ended",
            "args_kwargs": "public ids only",
            "priority": "order of tasks",
            "task_path": "which function runs",
            "worker_ids": "which workers tried it",
            "queue_name": "which workers may run it",
            "backend_name": "which backend keeps it",
            "run_after": "when it may run at the earliest",
            "return_value": "what it returned; empty here",
            "exception_class_path": "what went wrong",
            "traceback": "where it went wrong",
        }.items()
    },
}
