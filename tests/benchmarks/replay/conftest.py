from tests.server.conftest import make_client, serve

__all__ = ["make_client", "serve"]
