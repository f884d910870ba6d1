"""The settings of an identity provider are read whole or refused, and never repeated."""

import pytest

from ipps_geo.errors import BadInput
from ipps_geo.ledger.accounts import Role
from ipps_geo.ledger.claims import read_claim_map

SECRET = "s3cret-" * 6
WHOLE = f"""
[auth]
redirect_uri = "https://ip.example.org/oauth2callback"
cookie_secret = "{SECRET}"
client_id = "ipps-geo"
client_secret = "{SECRET}"
server_metadata_url = "https://id.example.org/.well-known/openid-configuration"
[claims]
role = "groups"
unit = "district"
[claims.roles]
"ip-district" = "district"
"""


def test_a_whole_file_is_read(tmp_path):
    file = tmp_path / "oidc.toml"
    file.write_text(WHOLE, "utf-8")
    mapping = read_claim_map(file)
    assert (mapping.role, mapping.unit, dict(mapping.roles)) == ("groups", "district", {"ip-district": Role.DISTRICT})


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        (lambda text: text.replace('client_id = "ipps-geo"', ""), "oidc.missing"),
        (lambda text: text.split("[claims]")[0], "oidc.missing"),
        (lambda text: text.replace('role = "groups"', "role = 1"), "oidc.missing"),
        (lambda text: text.split("[claims.roles]")[0], "oidc.missing"),
        (lambda text: text.replace('"district"\n', '"king"\n', 1).replace('= "district"', '= "king"'), "oidc.role"),
        (lambda text: text.replace(f'cookie_secret = "{SECRET}"', 'cookie_secret = "short"'), "oidc.short_secret"),
        (lambda text: text.replace('"\nclient_id', "\nclient_id"), "oidc.not_toml"),
    ],
)
def test_what_is_missing_or_wrong_is_said_without_a_secret(tmp_path, changed, code):
    file = tmp_path / "oidc.toml"
    file.write_text(changed(WHOLE), "utf-8")
    with pytest.raises(BadInput) as told:
        read_claim_map(file)
    assert told.value.code == code
    assert SECRET not in str(told.value)
    assert told.value.__cause__ is None


def test_a_file_that_is_not_there_is_said(tmp_path):
    with pytest.raises(BadInput) as told:
        read_claim_map(tmp_path / "none.toml")
    assert told.value.code == "oidc.unreadable"
