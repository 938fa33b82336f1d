"""Conveniences of the demo; only `nahbar.config.urls_demo` includes them."""

from django.urls import path

from nahbar.web.demo import views

urlpatterns = [
    path("demo/", views.doors, name="demo_doors"),
    path("demo/zertifikat/nahbar-demo.crt", views.authority, name="demo_authority"),
    path("demo/anmelden/<slug:role>/", views.sign_in, name="demo_sign_in"),
    path("demo/postausgang/", views.outbox, name="demo_outbox"),
    path("demo/postausgang/<uuid:public_id>/", views.outbox, name="demo_message"),
    path("demo/postausgang/<uuid:public_id>/html/", views.message_html, name="demo_message_html"),
]
