"""The files of a suite's configuration."""

from __future__ import annotations

from pathlib import Path

import pytest

from certmark.cloud.discovery.conf_files import read_secrets, rendered_secrets
from certmark.cloud.discovery.options import Option, Origin
from certmark.cloud.errors import CloudError


def test_secrets_are_read_as_they_were_written(tmp_path: Path) -> None:
    secret = Option("auth", "admin_password", 'it\'s $HOME "quoted"', Origin.GIVEN, "secrets.env", secret=True)
    path = tmp_path / "secrets.env"
    path.write_text(rendered_secrets([secret]))
    assert read_secrets(path) == (secret,)


def test_secrets_that_no_shell_would_read_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "secrets.env"
    path.write_text("export OS_AUTH__ADMIN_PASSWORD='half\n")
    with pytest.raises(CloudError, match=r"^secrets\.env cannot be read: .* quotation mark") as caught:
        read_secrets(path)
    assert "half" not in str(caught.value)
