"""What is said of a call that came to nothing."""

from __future__ import annotations

import pytest
from keystoneauth1 import exceptions as ka

from certmark.cloud.explaining import TOKEN, explain

PLACE, SIGN_IN = "http://cloud/v3", "http://cloud/v3/auth/tokens"


@pytest.mark.parametrize(
    ("error", "means", "sentence"),
    [
        (ka.InternalServerError("broken"), TOKEN, "http://cloud/v3 answers 500: broken (HTTP 500)"),
        (ka.InternalServerError("broken"), "password", "http://cloud/v3 answers 500 to signing in: broken (HTTP 500)"),
        (ka.InternalServerError("broken", url=SIGN_IN), TOKEN,
         "http://cloud/v3 answers 500 to signing in: broken (HTTP 500)"),
        (ka.Unauthorized(), TOKEN, "http://cloud/v3 refuses the token; check it in clouds.yaml"),
        (ka.Unauthorized(), "user name or password",
         "http://cloud/v3 refuses the user name or password; check them in clouds.yaml"),
        (ka.NotFound(url=SIGN_IN), "token (it may have expired)",
         "http://cloud/v3 refuses the token (it may have expired); get a new one"),
        (ka.DiscoveryFailure("nothing"), TOKEN, "http://cloud/v3 answers, but not as its API does: nothing"),
        (ka.DiscoveryFailure("nothing"), "password",
         "http://cloud/v3 answers, but not as Keystone v3 does; check auth_url in clouds.yaml"),
        (ka.ClientException("odd"), TOKEN, "http://cloud/v3 cannot be asked: odd"),
        (ka.ClientException("odd"), "password", "signing in at http://cloud/v3 failed: odd"),
        (ka.ConnectFailure("Connection refused"), TOKEN,
         "nothing listens at http://cloud/v3; check the address and that the service runs"),
    ],
)  # fmt: skip
def test_only_what_is_signing_in_is_called_so(error: Exception, means: str, sentence: str) -> None:
    assert explain(error, PLACE, means) == sentence
