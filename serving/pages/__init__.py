"""Pages to try the service with: invented persons, and what a veileder would read about them."""

from serving.pages.routes import page_routes

__all__ = ["page_routes"]
