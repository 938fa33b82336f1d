"""What the fields of this room are for and how long they are kept."""

from nahbar.audit.privacy import Fields, Period, Privacy, PrivacyClass


def _presence(purpose: str) -> Privacy:
    return Privacy(PrivacyClass.PRESENCE, purpose, Period.THREE_MONTHS)


FIELDS: Fields = {
    "Call": {
        "appointment": _presence("which talk"),
        "room_name": _presence("which media room"),
        "state": _presence("whether the talk goes on"),
        "opened_at": _presence("when somebody came first"),
        "started_at": _presence("real length of the talk"),
        "ended_at": _presence("real length of the talk"),
        "end_reason": _presence("telling people honestly why it ended"),
    },
    "CallParticipation": {
        "call": _presence("in which talk"),
        "participation": _presence("who"),
        "device": _presence("admission belongs to one device"),
        "state": _presence("waiting, in the talk, gone"),
        "identity": _presence("what the media server calls the device"),
        "waiting_since": _presence("who waits longest"),
        "noticed_at": _presence("telling the client honestly whether the counsellor knows"),
        "deputy_noticed_at": _presence("telling the client honestly whether a deputy knows"),
        "admitted_at": _presence("when they were let in"),
        "connected_at": _presence("whether the device is connected"),
        "gone_at": _presence("how long they are away"),
    },
    "TakeOver": {
        "place": _presence("whose place another device asks for"),
        "device": _presence("which device asks"),
        "replaces": _presence("telling the earlier device that the talk went on elsewhere"),
        "state": _presence("asking, let in, refused, no longer asked"),
        "identity": _presence("what the media server calls the device"),
        "asked_at": _presence("since when it asks"),
        "noticed_at": _presence("telling the client honestly whether the counsellor knows"),
        "connected_at": _presence("whether the device is connected"),
        "gone_at": _presence("how long it is away"),
        "settled_at": _presence("when it was decided"),
    },
    "CallPresence": {
        "place": _presence("who was in the talk"),
        "joined_at": _presence("from when"),
        "left_at": _presence("until when"),
    },
    "WebhookEvent": {
        "event_id": Privacy(PrivacyClass.TECHNICAL, "the same webhook acts once", Period.DAYS),
        "received_at": Privacy(PrivacyClass.TECHNICAL, "when it may be forgotten", Period.DAYS),
    },
}
