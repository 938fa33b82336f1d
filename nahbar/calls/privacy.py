"""What the fields of this room are for and how long they are kept."""

from nahbar.audit.privacy import Fields, Period, Privacy, PrivacyClass


def _presence(purpose: str) -> Privacy:
    return Privacy(PrivacyClass.PRESENCE, purpose, Period.THREE_MONTHS)


FIELDS: Fields = {
    "Call": {
        "appointment": _presence("which talk"),
        "room_name": _presence("which media room"),
        "former_room_name": _presence("which room to delete after somebody was put out"),
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
    "SecondDevice": {
        "place": _presence("whose picture and sound it may hold"),
        "public_id": _presence("the open half of the code"),
        "key_hash": Privacy(PrivacyClass.CREDENTIAL, "knows the code, then the tablet", Period.THREE_MONTHS),
        "session_key": Privacy(PrivacyClass.CREDENTIAL, "ends with the sign-in; empty afterwards", Period.DAYS),
        "state": _presence("offered, connected, holding picture and sound, disconnected"),
        "offered_at": _presence("how long the code is good"),
        "paired_at": _presence("since when it belongs to the talk"),
        "seen_at": _presence("telling the counsellor that the tablet is silent"),
        "dropped_at": _presence("until when it belonged to the talk"),
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
