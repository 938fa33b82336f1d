"""Addresses that belong to nobody in particular."""

from allauth.account import views as allauth
from allauth.mfa.base import views as factor
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as passkeys
from django.urls import path

from nahbar.web.shared import account_links, accounts, factors, home, oidc, own_account

urlpatterns = [
    path("", home.home, name="home"),
    path("b/<slug:office>/", home.office_home, name="office_home"),
    path("anmelden/", accounts.SignInView.as_view(), name="account_login"),
    path("anmelden/gesperrt/", allauth.account_inactive, name="account_inactive"),
    path("anmelden/zweiter-schritt/", factor.authenticate, name="mfa_authenticate"),
    path("anmelden/passkey/", passkeys.login_webauthn, name="mfa_login_webauthn"),
    path("anmelden/dienst/", oidc.sign_on, name="openid_connect_login"),
    path("anmelden/dienst/zurueck/", oidc.sign_on_callback, name="openid_connect_callback"),
    path("anmelden/kennwort-vergessen/", account_links.forgotten, name="account_forgotten"),
    path("konto/link/<uuid:public_id>/", account_links.account_link, name="account_link"),
    path("konto/link/<uuid:public_id>/oeffnen/", account_links.account_link_open, name="account_link_open"),
    path("konto/beginnen/", account_links.account_begin, name="account_begin"),
    path("konto/", own_account.own_account, name="own_account"),
    path("konto/kennwort/", own_account.own_password, name="own_password"),
    path("konto/adresse/", own_account.own_email, name="own_email"),
    path("konto/anmeldedienst/loesen/", own_account.own_identity_end, name="own_identity_end"),
    path("konto/geraete/<uuid:public_id>/abmelden/", own_account.own_session_end, name="own_session_end"),
    path("konto/geraete/abmelden/", own_account.own_sessions_end, name="own_sessions_end"),
    path("konto/bestaetigen/", allauth.reauthenticate, name="account_reauthenticate"),
    path("konto/bestaetigen/code/", factor.reauthenticate, name="mfa_reauthenticate"),
    path("konto/bestaetigen/passkey/", passkeys.reauthenticate_webauthn, name="mfa_reauthenticate_webauthn"),
    path("konto/schutz/", factors.own_factors, name="mfa_index"),
    path("konto/schutz/app/", totp.activate_totp, name="mfa_activate_totp"),
    path("konto/schutz/app/bild.svg", factors.totp_picture, name="mfa_totp_picture"),
    path("konto/schutz/app/entfernen/", totp.deactivate_totp, name="mfa_deactivate_totp"),
    path("konto/schutz/ersatzcodes/", codes.view_recovery_codes, name="mfa_view_recovery_codes"),
    path("konto/schutz/ersatzcodes/neu/", codes.generate_recovery_codes, name="mfa_generate_recovery_codes"),
    path("konto/schutz/passkey/", passkeys.add_webauthn, name="mfa_add_webauthn"),
    path("konto/schutz/passkeys/", factors.own_factors, name="mfa_list_webauthn"),
    path("konto/schutz/passkey/<int:pk>/entfernen/", passkeys.remove_webauthn, name="mfa_remove_webauthn"),
    path("abmelden/", allauth.logout, name="account_logout"),
]
