"""The product's addresses and the demo's own."""

from django.urls import include, path

from nahbar.config.urls import handler403, handler404, handler500
from nahbar.config.urls import urlpatterns as product
from nahbar.web.demo import urls as demo

__all__ = ["handler403", "handler404", "handler500", "urlpatterns"]

urlpatterns = [*product, path("", include(demo))]
