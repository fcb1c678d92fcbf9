"""One service of a cloud, asked with reading requests only."""

from __future__ import annotations

from typing import Any

from certmark.cloud.credentials import why
from certmark.cloud.errors import first_line

SECONDS = 20.0
"""For one answer."""


class Unanswered(Exception):
    """The service did not answer what it was asked; the message is a sentence."""


class Service:
    """A service, by its adapter of keystoneauth."""

    def __init__(self, name: str, adapter: Any, region: str) -> None:  # noqa: ANN401 - keystoneauth's Adapter
        self.name = name
        self.region = region
        self._adapter = adapter

    def get(self, path: str, **headers: str) -> Any:  # noqa: ANN401 - foreign JSON
        """What the service answers to GET `path`, relative to its versioned endpoint. Raises Unanswered."""
        answer = self._asked(path, headers)
        if answer.status_code >= 400:  # noqa: PLR2004 - HTTP: from here on a refusal
            raise Unanswered(f"{self.name} answers {answer.status_code} to GET {path}")
        try:
            return answer.json()
        except ValueError as error:
            raise Unanswered(f"{self.name} answers something that is not JSON to GET {path}") from error

    def maybe(self, path: str, **headers: str) -> Any:  # noqa: ANN401 - foreign JSON
        """Likewise, None where the service refuses: it may be for administrators, or newer."""
        try:
            return self.get(path, **headers)
        except Unanswered:
            return None

    def microversions(self) -> tuple[str, str] | None:
        """The lowest and the highest microversion of the API; None where it has none."""
        data = self._guarded(self._adapter.get_endpoint_data)
        low, high = getattr(data, "min_microversion", None), getattr(data, "max_microversion", None)
        if not low or not high:
            return None
        return ".".join(map(str, low)), ".".join(map(str, high))

    def endpoint(self) -> str:
        """The URL in the catalogue, as it stands there. Raises Unanswered."""
        found = self._guarded(lambda: self._adapter.get_endpoint(skip_discovery=True))
        if not found:
            raise Unanswered(f"the catalogue has no endpoint of {self.name}")
        return str(found)

    def _asked(self, path: str, headers: dict[str, str]) -> Any:  # noqa: ANN401 - requests' Response
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self._guarded(
            lambda: self._adapter.get(
                path,
                headers={"Accept": "application/json"} | named,
                raise_exc=False,
                timeout=SECONDS,
                connect_retries=0,
            )
        )

    def _guarded(self, ask: Any) -> Any:  # noqa: ANN401 - whatever it gives
        from keystoneauth1 import exceptions as ka  # noqa: PLC0415 - half a second; only who talks to a cloud pays

        try:
            return ask()
        except ka.ClientException as error:
            raise Unanswered(why(error, self._address(), "token")) from error
        except (OSError, ValueError) as error:
            raise Unanswered(f"{self.name} cannot be asked: {first_line(error)}") from error

    def _address(self) -> str:
        try:
            return str(self._adapter.get_endpoint(skip_discovery=True) or self.name)
        except Exception:  # noqa: BLE001 - for a message only
            return self.name
