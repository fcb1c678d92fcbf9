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
        ("DATABASE_URL", "postgresql://u:a/b@h/certmark", "database_url must be"),
        ("DATABASE_URL", "postgresql://u@h:port/certmark", "database_url must be an address"),
        ("DATABASE_URL", "postgresql://u@h", "database_url must be postgresql://USER@HOST/NAME"),
        ("MAIL_FROM", "a@x, b@x", "mail_from must be one mail address"),
        ("OPERATOR_MAIL", "a@x\r\nBcc: b@x", "operator_mail must be one mail address"),
        ("OPERATOR_WEBHOOK", "ftp://example.org", "operator_webhook must be an https address"),
        ("OPERATOR_WEBHOOK", "https://u:p@example.org", "operator_webhook must be an https address"),
        ("WEBHOOK_SECRET", "hunter22", "webhook_secret must be whsec_ and 24 to 64 bytes in base64"),
        ("MAIL_SERVER", "127.0.0.1:25", "mail_server is set, and mail_from is not"),
        ("OPERATOR_MAIL", "a@example.org", "operator_mail is set, and mail_server is not"),
        ("OPERATOR_WEBHOOK", "https://example.org", "operator_webhook is set, and webhook_secret is not"),
        ("MAIL_USER", "me", "mail_user is set, and mail_password is not"),
        ("S3_ACCESS_KEY", "AKID", "s3_access_key is set, and s3_secret_key is not"),
        ("LISTNE", "127.0.0.1:1", "there is no setting listne (did you mean listen?)"),
    ],
)
def test_a_wrong_setting_is_refused_by_name(name: str, value: str, sentence: str) -> None:
    with pytest.raises(SettingError) as refusal:
        read_settings(None, {PREFIX + name: value})
    assert str(refusal.value).startswith(sentence)


def test_a_password_goes_to_another_machine_by_tls_only() -> None:
    given = {
        "mail_server": "192.0.2.1:25",
        "mail_from": "a@example.org",
        "mail_user": "me",
        "mail_password": "hunter22",
    }
    assert read_settings(None, {}, **given).mail_tls
    with pytest.raises(SettingError, match="a password would be sent for all to read") as refusal:
        read_settings(None, {}, **given, mail_tls="no")
    assert "hunter22" not in str(refusal.value)


def test_what_is_shown_of_settings_has_no_secrets() -> None:
    settings = read_settings(None, {}, database_url="postgresql://me:hunter22@host/name", trusted_proxies="10.0.0.1")
    assert settings.shown() == "database_url = (secret)\ntrusted_proxies = 10.0.0.1"
    given = {"issuer": "https://id.example.org", "client_id": "certmark", "client_secret": "hunter22"}
    settings = read_settings(None, {}, **{f"providers_id_{name}": value for name, value in given.items()})
    assert settings.shown() == (
        "providers.id.issuer = https://id.example.org\n"
        "providers.id.client_id = certmark\n"
        "providers.id.client_secret = (secret)"
    )
    assert "hunter22" not in repr(settings)


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


PROVIDER = '[providers.id]\nissuer = "https://id.example.org"\nclient_id = "certmark"\n'


def test_parties_are_tables_and_the_environment_stands_over_them(tmp_path: Path) -> None:
    file = tmp_path / "server.toml"
    file.write_text(
        PROVIDER + 'scopes = ["openid", "email"]\n[ci.hub]\nissuer = "https://ci.example.org"\nkind = "github"\n'
    )
    settings = read_settings(file, {f"{PREFIX}PROVIDERS_ID_CLIENT_SECRET": "s3", f"{PREFIX}PROVIDERS_ID_NAME": "Ours"})
    (provider,), (ci,) = settings.providers, settings.ci
    assert (provider.id, provider.client_id, provider.secret, provider.shown) == ("id", "certmark", "s3", "Ours")
    assert provider.scopes == ("openid", "email")
    assert (ci.id, ci.kind, ci.audience) == ("hub", "github", None)


def test_a_secret_of_a_provider_is_read_from_its_file_when_it_is_used(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("first\n")
    file = tmp_path / "server.toml"
    file.write_text(PROVIDER + f'client_secret_file = "{tmp_path}/secret"\n')
    (provider,) = read_settings(file, {}).providers
    assert provider.secret == "first"
    (tmp_path / "secret").write_text("second\n")
    assert provider.secret == "second"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (PROVIDER + 'isuer = "x"', "providers.id: there is no isuer (did you mean issuer?)"),
        ('[providers.id]\nissuer = "https://id.example.org"', "providers.id has no client_id"),
        ('[providers.id]\nissuer = "http://id.example.org"\nclient_id = "c"', "providers.id.issuer must be the https"),
        ('[providers.my-id]\nissuer = "https://id.example.org"\nclient_id = "c"', "providers.my-id: an id has small"),
        (PROVIDER + 'scopes = "email"', "providers.id.scopes must be scopes with openid"),
        (PROVIDER + 'client_secret = ""', "providers.id.client_secret must be a line of at most 200 signs"),
        ('[ci.x]\nissuer = "https://ci.example.org"\nkind = "jenkins"', "ci.x.kind must be one of github"),
        ('providers = "x"', "providers must be tables"),
    ],
)
def test_a_wrong_party_is_refused_by_name(tmp_path: Path, text: str, sentence: str) -> None:
    file = tmp_path / "server.toml"
    file.write_text(text)
    with pytest.raises(SettingError) as refusal:
        read_settings(file, {})
    assert str(refusal.value).startswith(sentence)
