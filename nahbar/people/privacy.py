"""What the fields of this room are for and how long they are kept."""

from nahbar.audit.privacy import Fields, Period, Privacy, PrivacyClass


def _staff(purpose: str) -> Privacy:
    return Privacy(PrivacyClass.CONTACT, purpose, Period.EMPLOYMENT)


def _credential(purpose: str) -> Privacy:
    return Privacy(PrivacyClass.CREDENTIAL, purpose, Period.EMPLOYMENT)


def _session(purpose: str) -> Privacy:
    return Privacy(PrivacyClass.CREDENTIAL, purpose, Period.DAYS)


def _setting(purpose: str) -> Privacy:
    return Privacy(PrivacyClass.TECHNICAL, purpose, Period.OFFICE_SETTINGS)


def _contact(purpose: str) -> Privacy:
    return Privacy(PrivacyClass.CONTACT, purpose, Period.AS_FILE)


def _social(purpose: str) -> Privacy:
    return Privacy(PrivacyClass.SOCIAL, purpose, Period.AS_FILE)


def _look(purpose: str) -> Privacy:
    return Privacy(PrivacyClass.LOG, purpose, Period.AUDIT_PERIOD)


def _import(purpose: str) -> Privacy:
    return Privacy(PrivacyClass.SOCIAL, purpose, Period.FOURTEEN_DAYS)


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
        "from_groups": _staff("whether the single sign-on gave the role, and may end it"),
    },
    "AccountLink": {
        "public_id": _credential("naming the link"),
        "staff": _credential("whose account it opens"),
        "purpose": _credential("what the link is for"),
        "jobcenter": _staff("which office invites"),
        "new_email": _staff("the address to be confirmed; empty once it is, or the link is void"),
        "generation": _credential("which of several links is good"),
        "issued_at": _credential("not sending another mail right away"),
        "expires_at": _credential("until when it is good"),
        "used_at": _credential("that it is good once"),
    },
    "StaffSession": {
        "public_id": _session("naming the session"),
        "staff": _session("whose session it is"),
        "session_key": _session("ending it from elsewhere"),
        "browser": _session("telling one's sessions apart; the family only"),
        "began_at": _session("telling one's sessions apart"),
    },
    "SuspendedMembership": {
        "staff": _staff("who worked in the office"),
        "jobcenter": _staff("in which office"),
        "team": _staff("what is given back when the account is opened again"),
        "role": _staff("what is given back when the account is opened again"),
        "from_groups": _staff("what is given back when the account is opened again"),
        "suspended_at": _staff("since when the account is closed"),
    },
    "GroupRole": {
        "jobcenter": _setting("which office it holds for"),
        "group": _setting("a group of the single sign-on"),
        "role": _setting("what its members may do"),
        "team": _setting("whose cases its members see"),
    },
    "mfa.Authenticator": {
        "user": _credential("whose second factor it is"),
        "type": _credential("app, passkey or recovery codes"),
        "data": _credential("checking it; secrets are encrypted with a key outside the database"),
        "created_at": _credential("since when it holds"),
        "last_used_at": _credential("seeing misuse of an account"),
    },
    "socialaccount.SocialAccount": {
        "user": _credential("whose identity it is"),
        "provider": _credential("that it comes from the single sign-on"),
        "uid": _credential("issuer and subject of the identity, as a hash"),
        "last_login": _credential("seeing misuse of an account"),
        "date_joined": _credential("since when it is linked"),
        "extra_data": _credential("kept empty"),
    },
    "socialaccount.SocialApp": {
        "provider": _setting("kept empty: the single sign-on is set by the environment"),
        "provider_id": _setting("kept empty"),
        "name": _setting("kept empty"),
        "client_id": _setting("kept empty"),
        "secret": _setting("kept empty"),
        "key": _setting("kept empty"),
        "settings": _setting("kept empty"),
    },
    "socialaccount.SocialToken": {
        "app": _setting("kept empty"),
        "account": _credential("kept empty: no token is stored"),
        "token": _credential("kept empty"),
        "token_secret": _credential("kept empty"),
        "expires_at": _credential("kept empty"),
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
        "preferred_mode": _social("how the person likes to meet best; empty where they said nothing"),
        "what_helps": _social("what makes a talk work, never why"),
        "place": _social("kilometres that talks by video save"),
        "guardian_name": _contact("who else is to be asked, where a court or the law says so"),
        "guardian_phone": _contact("calling the guardian"),
        "guardian_email": _contact("writing to the guardian"),
        "notes": _social("what whoever takes over must know"),
        "notes_by": _social("whom to ask about the notes"),
        "notes_at": _social("how old the notes are"),
        "revision": _social("that nobody saves over what was changed meanwhile"),
        "changed_by": _social("whom to ask about the record"),
        "changed_at": _social("how old the record is"),
        "created_at": _social("since when the file is kept"),
    },
    "SearchKey": {
        "client": _social("whose record is found"),
        "jobcenter": _social("in which office"),
        "kind": _social("how the key was made"),
        "key": _contact("finding the record by name, sound or number"),
    },
    "FormerNumber": {
        "jobcenter": _social("in which office"),
        "client": _social("which record the number leads to since a merge"),
        "number": _social("finding the record from specialist software after a merge"),
    },
    "ClientLook": {
        "client": _look("whose record was opened"),
        "staff": _look("by whom"),
        "reason": _look("for which reason"),
        "note": _look("the reason in their own words, where they gave some"),
        "at": _look("when"),
        "until": _look("until when it was open"),
    },
    "ClientImport": {
        "public_id": _import("naming the import"),
        "jobcenter": _import("in which office"),
        "by": _import("who uploaded it"),
        "state": _import("where it stands"),
        "problem": _import("why the file could not be read, as a code"),
        "content": _import("the file, until it is applied or thrown away"),
        "header": _import("the names of its columns"),
        "mapping": _import("which column means what"),
        "reading": _import("which reading of it counts"),
        "total": _import("how many rows it has"),
        "done": _import("how far the work is"),
        "created_at": _import("when it was uploaded"),
        "applied_at": _import("when it was applied"),
        "undone_at": _import("when it was undone"),
    },
    "ImportRow": {
        "parent": _import("which import it belongs to"),
        "position": _import("finding the row in the file"),
        "outcome": _import("what the row means for the records"),
        "values": _import("what the row says, only columns that are used"),
        "problems": _import("what is wrong with it, as codes"),
        "client": _import("whose record it is about"),
        "before": _import("what stood there before, so that it can be undone"),
        "revision": _import("whether the record was changed since"),
        "fate": _import("what became of the row"),
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
