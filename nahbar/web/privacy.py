"""What the fields of this room are for and how long they are kept."""

from nahbar.audit.privacy import Fields, Period, Privacy, PrivacyClass

FIELDS: Fields = {
    "Counter": {
        "cache_key": Privacy(PrivacyClass.TECHNICAL, "which limit, and a keyed hash of the address", Period.DAYS),
        "value": Privacy(PrivacyClass.TECHNICAL, "that a try was taken", Period.DAYS),
        "expires": Privacy(PrivacyClass.TECHNICAL, "when it may be forgotten", Period.DAYS),
    },
}
