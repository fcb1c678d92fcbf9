"""The configuration files of a compute sandbox, and the stand-ins for hardware, written into its folder."""

from __future__ import annotations

from pathlib import Path
from string import Template

from certmark.sandbox import profiles
from certmark.sandbox.identity import SandboxUser
from certmark.sandbox.keystone import write_keystone
from certmark.sandbox.state import HOST, REGION, Sandbox, write_private

PORTS = {
    "keystone": 15100,
    "glance": 19292,
    "placement": 18778,
    "neutron": 19696,
    "nova": 18774,
    "cinder": 18776,
    "mariadb": 23306,
    "rabbitmq": 25600,
    "rabbitmq-nodes": 25601,
    "epmd": 24369,
    "memcached": 21211,
}
"""The ports of the profile with the numbers asked for first."""
DATA = profiles.DATA / "compute"

_CONFIGURATIONS = ("glance-api", "placement", "neutron", "nova", "cinder", "rabbitmq")
_FOLDERS = (
    "data/lock",
    "data/glance/images",
    "data/glance/staging",
    "data/glance/tasks",
    "data/nova/instances",
    "data/neutron",
    "data/cinder/volumes",
    "data/cinder/coordination",
    "data/rabbitmq",
)
_CREDENTIALS = """auth_url = {url}
auth_type = password
project_domain_name = Default
user_domain_name = Default
project_name = service
username = {user}
password = {password}
region_name = {region}"""
_TOKEN_CHECKING = """www_authenticate_uri = {url}
service_token_roles_required = true
service_token_roles = service
memcached_servers = {host}:{cache}
"""


def write_configuration(sandbox: Sandbox) -> None:
    """Write each service's files for the sandbox's ports and secrets, and make the folders that they name.

    Everything is written anew, so a changed port only needs this and a restart of the services.
    """
    for folder in _FOLDERS:
        sandbox.path(folder).mkdir(mode=0o700, parents=True, exist_ok=True)
    write_keystone(sandbox, f"{_database(sandbox)}/keystone?charset=utf8")
    for name in _CONFIGURATIONS:
        write_private(sandbox.path("conf", f"{name}.conf"), fill_template(sandbox, f"{name}.conf"))
    write_private(sandbox.path("conf", "mariadb.sql"), fill_template(sandbox, "mariadb.sql"))
    write_private(sandbox.path("conf", "rabbitmq-plugins"), "[].\n")
    # Nova's API looks for this file beside nova.conf, whatever nova.conf says.
    paste = sandbox.environment / "etc" / "nova" / "api-paste.ini"
    write_private(sandbox.path("conf", "api-paste.ini"), paste.read_text(encoding="utf-8"))
    _write_stand_ins(sandbox)


def service_user(name: str) -> SandboxUser:
    """The user that a service has in Keystone."""
    return SandboxUser(name, "service", ("admin", "service"))


def stand_ins(sandbox: Sandbox) -> Path:
    """The folder that the services import the stand-ins for hardware from."""
    return sandbox.path("conf", "plugins")


def fill_template(sandbox: Sandbox, template: str) -> str:
    """A template of the profile, with this sandbox's values."""
    user = Path(template).stem.partition("-")[0]
    text = (DATA / "templates" / template).read_text(encoding="utf-8")
    return Template(text).substitute(_values(sandbox, user))


def _values(sandbox: Sandbox, user: str) -> dict[str, str]:
    """What the templates may name; `user` is the service user whose configuration it is."""
    credentials = _CREDENTIALS.format(
        url=sandbox.auth_url, user=user, password=sandbox.secret(service_user(user).secret), region=REGION
    )
    checking = _TOKEN_CHECKING.format(url=sandbox.auth_url, host=HOST, cache=sandbox.port("memcached"))
    messages = sandbox.secret("rabbitmq")
    return {
        "host": HOST,
        "conf": str(sandbox.path("conf")),
        "data": str(sandbox.path("data")),
        "environment": str(sandbox.environment),
        "database": _database(sandbox),
        "database_password": sandbox.secret("mariadb"),
        "messages": f"rabbit://sandbox:{messages}@{HOST}:{sandbox.port('rabbitmq')}/",
        "messages_password": messages,
        "messages_port": str(sandbox.port("rabbitmq")),
        "image_port": str(sandbox.port("glance")),
        "credentials": credentials,
        "token_checking": checking + credentials,
    }


def _database(sandbox: Sandbox) -> str:
    """The address of MariaDB, without the name of a database."""
    return f"mysql+pymysql://sandbox:{sandbox.secret('mariadb')}@{HOST}:{sandbox.port('mariadb')}"


def _write_stand_ins(sandbox: Sandbox) -> None:
    """Write the stand-ins as Python would find an installed package: Neutron looks for its driver by entry point."""
    folder = stand_ins(sandbox)
    for source in sorted((DATA / "plugins" / "certmark_sandbox").glob("*.py")):
        write_private(folder / "certmark_sandbox" / source.name, source.read_text(encoding="utf-8"))
    described = folder / "certmark_sandbox-1.dist-info"
    write_private(described / "METADATA", "Metadata-Version: 2.1\nName: certmark_sandbox\nVersion: 1\n")
    point = "[neutron.ml2.mechanism_drivers]\ncertmark_sandbox = certmark_sandbox.networks:EveryPortBinds\n"
    write_private(described / "entry_points.txt", point)
