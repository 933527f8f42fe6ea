"""The HTTP door: the use cases as FastAPI routes (``docs/api.md``). ``api.app.create_app`` makes the application."""
