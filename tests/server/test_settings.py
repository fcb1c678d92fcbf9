"""What an operator decides: a file, the environment over it, words over both; what is wrong is refused by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from certmark.server.settings import PREFIX, SettingError, read_settings


def test_without_anything_it_is_a_local_server_of_one_folder() -> None:
    settings = read_settings(None, {})
    assert settings.is_local
    assert str(settings.listen) == "127.0.0.1:8300"


def test_the_environment_stands_over_the_file_and_a_word_over_both(tmp_path: Path) -> None:
    file = tmp_path / "server.toml"
    file.write_text('listen = "127.0.0.1:1"\nlargest_upload = "1 MiB"\ntrusted_proxies = ["10.0.0.1", "10.0.0.2"]\n')
    settings = read_settings(file, {f"{PREFIX}LISTEN": "127.0.0.1:2", "OTHER": "x"}, data="/d", listen=None)
    assert settings.listen.port == 2
    assert settings.largest_upload == 1 << 20
    assert settings.trusted_proxies == ("10.0.0.1", "10.0.0.2")
    assert settings.data == Path("/d")


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("LISTEN", "8300", "listen must be a host and a port"),
        ("LISTEN", "h:99999", "listen must be a host and a port"),
        ("PUBLIC_URL", "http://certmark.example.org", "public_url must be an https address"),
        ("PUBLIC_URL", "https://user@certmark.example.org", "public_url must be an https address"),
        ("LARGEST_UPLOAD", "much", "largest_upload must be a size"),
        ("OPEN_UPLOADS", "-1", "open_uploads must be a whole number"),
        ("EVIDENCE_URL", "ftp://x", "evidence_url must be s3://"),
        ("LISTNE", "127.0.0.1:1", "there is no setting listne (did you mean listen?)"),
    ],
)
def test_a_wrong_setting_is_refused_by_name(name: str, value: str, sentence: str) -> None:
    with pytest.raises(SettingError) as refusal:
        read_settings(None, {PREFIX + name: value})
    assert str(refusal.value).startswith(sentence)


def test_a_secret_is_not_shown_in_a_refusal() -> None:
    with pytest.raises(SettingError) as refusal:
        read_settings(None, {f"{PREFIX}DATABASE_URL": "mysql://me:hunter22@host/name"})
    assert "hunter22" not in str(refusal.value)


@pytest.mark.parametrize("text", ["listen = ", "listen = {a = 1}", "listen = true"])
def test_a_file_that_says_no_setting_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "server.toml"
    file.write_text(text)
    with pytest.raises(SettingError):
        read_settings(file, {})
