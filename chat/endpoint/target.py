"""Fix where a request goes and with what settings, whatever is set afterwards."""

from __future__ import annotations

from ..base.dataclass import dataclass
from ..parameters.settings import Settings
from .address import Endpoint
from .client import Client
from .servers import Server


@dataclass(frozen=True)
class Target:
    """Settings, and the server that they lead to. `Session.target` makes one."""

    settings: Settings
    server: Server

    @property
    def endpoint(self) -> Endpoint:
        return self.server.endpoint

    @property
    def model(self) -> str:
        return str(self.settings.get("model") or "")

    def client(self) -> Client:
        """Give the client; wait for an embedded model to load. Raises EmbeddedFailed."""
        return self.server.client()

    def window(self) -> int | None:
        """Return the model's context window in tokens, as far as it is known by now."""
        return self.server.window(self.model)
