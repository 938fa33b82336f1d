"""What the fields of this room are for and how long they are kept."""

from nahbar.audit.privacy import Fields, Period, Privacy, PrivacyClass


def _staff(purpose: str) -> Privacy:
    return Privacy(PrivacyClass.CONTACT, purpose, Period.EMPLOYMENT)


def _credential(purpose: str) -> Privacy:
    return Privacy(PrivacyClass.CREDENTIAL, purpose, Period.EMPLOYMENT)


def _contact(purpose: str) -> Privacy:
    return Privacy(PrivacyClass.CONTACT, purpose, Period.AS_FILE)


def _social(purpose: str) -> Privacy:
    return Privacy(PrivacyClass.SOCIAL, purpose, Period.AS_FILE)


FIELDS: Fields = {
    "StaffMember": {
        "password": _credential("signing in"),
        "last_login": _credential("seeing misuse of an account"),
        "salutation": _staff("how the counsellor is named to clients"),
        "first_name": _staff("how the counsellor is named to clients"),
        "last_name": _staff("how the counsellor is named to clients"),
        "public_id": _staff("naming the account without a name"),
        "email": _staff("signing in"),
        "phone_display": _staff("how colleagues reach them"),
        "is_active": _credential("whether the account may sign in"),
        "gets_calendar_mails": _staff("whether their appointments come to their calendar by mail"),
        "offers_video": _staff("whether they can be booked by video; no reason is kept"),
        "created_at": _credential("since when the account exists"),
    },
    "Membership": {
        "staff": _staff("who works in the office"),
        "jobcenter": _staff("in which office"),
        "team": _staff("whose cases they see"),
        "role": _staff("what they may do"),
    },
    "Deputyship": {
        "jobcenter": _staff("in which office"),
        "absent": _staff("whose appointments another may see and take over; no reason is kept"),
        "deputy": _staff("who stands in"),
        "first_day": _staff("from when they need to know"),
        "last_day": _staff("until when they need to know"),
    },
    "Client": {
        "salutation": _contact("how the person is addressed"),
        "first_name": _contact("how the person is addressed"),
        "last_name": _contact("how the person is addressed"),
        "public_id": _social("naming the record without a name"),
        "jobcenter": _social("which office is responsible"),
        "team": _social("who needs to know"),
        "number": _social("finding the same record in the specialist software"),
        "birth_date": _social("small proof before an invitation opens"),
        "email": _contact("invitations"),
        "phone_display": _contact("calling the person"),
        "language": _social("language of pages and messages"),
        "what_helps": _social("what makes a talk work, never why"),
        "created_at": _social("since when the file is kept"),
    },
    "LegalHold": {
        "client": _social("whose file is kept"),
        "reason": _social("why it is kept, never what the matter is about"),
        "last_day": _social("until when it is kept"),
        "set_at": _social("since when it is kept"),
    },
    "account.EmailAddress": {
        "user": _credential("whose address it is"),
        "email": _credential("signing in"),
        "verified": _credential("whether the address was confirmed"),
        "primary": _credential("which address signs in"),
    },
    "sessions.Session": {
        "session_key": Privacy(PrivacyClass.CREDENTIAL, "staying signed in", Period.DAYS),
        "session_data": Privacy(PrivacyClass.CREDENTIAL, "who is signed in, signed", Period.DAYS),
        "expire_date": Privacy(PrivacyClass.CREDENTIAL, "until when", Period.DAYS),
    },
    "account.EmailConfirmation": {
        "email_address": _credential("which address is confirmed"),
        "created": _credential("when it was asked for"),
        "sent": _credential("when it was sent"),
        "key": _credential("proof that the address was reached"),
    },
}
