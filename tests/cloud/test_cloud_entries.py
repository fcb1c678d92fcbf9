"""Whatever stands in an entry of clouds.yaml: it signs in, or is refused in one sentence without insides of Python."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from certmark.cloud.errors import CloudError
from certmark.cloud.session import client_of, connect, who
from certmark.cloud.timeouts import VARIABLE
from simulators.openstack_cloud import OpenStackCloud
from simulators.serving import served

pytestmark = [pytest.mark.allow_hosts(["127.0.0.1"])]
INSIDES = ("NoneType", "object has no", "__init__", "Traceback", "argument", "expected str", "<class", "0x")
AUTH = ("auth_url", "username", "password", "project_name", "user_domain_id", "user_domain_name", "project_id", "token",
        "domain_name", "system_scope", "trust_id", "passcode", "default_domain", "nonsense")  # fmt: skip
TOP = ("auth_type", "region_name", "regions", "interface", "verify", "cacert", "cert", "key", "api_timeout", "profile",
       "cloud", "networks", "identity_api_version", "compute_endpoint_override", "volume_interface", "certmark",
       "endpoint_type", "image_api_use_tasks", "nonsense", "auth", "insecure", "timeout", "external_network",
       "compute_api_version", "compute_default_microversion", "vendor_hook", "cache", "force_ipv4")  # fmt: skip
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 10**6) | st.floats(allow_nan=False)
    | st.sampled_from(["", "x", "publicURL", "RegionOne", "v3password", "{nothing}", "{", "%s", "v3token", "all", "2.1"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "name", "values"]), inner, max_size=2),
    max_leaves=4,
)  # fmt: skip


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenStackCloud]:
    monkeypatch.setenv(VARIABLE, "5")
    with served(OpenStackCloud()) as found:
        yield found


@settings(max_examples=150)
@given(
    st.dictionaries(st.sampled_from(TOP), VALUES, max_size=2),
    st.dictionaries(st.sampled_from(AUTH), VALUES, max_size=2),
)
@example({"cacert": ["x"]}, {})
@example({"api_timeout": "soon"}, {})
@example({"interface": {"a": 1}}, {})
@example({"interface": [["public"]]}, {})
@example({"networks": 3}, {})
@example({"regions": {"name": "x"}}, {})
@example({"regions": [None, 3]}, {})
@example({"compute_endpoint_override": ["x"]}, {})
@example({"certmark": 5}, {})
@example({"cert": 5}, {})
@example({"verify": "x"}, {})
@example({"profile": ["x"]}, {})
@example({"profile": "{"}, {})
@example({"volume_interface": 7}, {})
@example({"compute_default_microversion": "x"}, {})
def test_an_entry_signs_in_or_is_refused_in_a_sentence(
    cloud: OpenStackCloud, tmp_path: Path, top: dict[str, Any], auth: dict[str, Any]
) -> None:
    entry = cloud.entry(**{key: value for key, value in top.items() if key != "auth"})
    entry["auth"] |= auth
    if "auth" in top:
        entry["auth"] = top["auth"]
    path = tmp_path / "clouds.yaml"
    path.write_text(json.dumps({"clouds": {"a": entry}}), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OS_CLIENT_CONFIG_FILE", str(path))
        try:
            with connect("a") as connection:
                who(connection)
                client_of(connection)
        except CloudError as error:
            sentence = str(error)
            assert sentence
            assert "\n" not in sentence
            assert not [word for word in INSIDES if word in sentence], sentence
