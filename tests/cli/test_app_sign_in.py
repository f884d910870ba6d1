"""The app listens beyond this machine only where people sign in, and says what a way to sign in lacks."""

import importlib

import pytest

from ipps_geo.errors import BadInput, MissingExtra

app = importlib.import_module("ipps_geo.cli.commands.app")


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"address": "0.0.0.0"}, "sign_in.required"),
        ({"address": "192.168.1.5"}, "sign_in.required"),
        ({"address": "::"}, "sign_in.required"),
        ({"hosts": ["ip.example.org"]}, "sign_in.required"),
        ({"sign_in": "everybody"}, "sign_in.way"),
        ({"sign_in": "oidc"}, "sign_in.no_settings"),
        ({"oidc": "/nowhere/oidc.toml"}, "sign_in.unused"),
        ({"sign_in": "oidc", "oidc": "/nowhere/oidc.toml"}, "oidc.unreadable"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_listens(monkeypatch, tmp_path, options, code):
    monkeypatch.setattr(app.subprocess, "Popen", lambda *_, **__: pytest.fail("it listens"))
    if "oidc" in options:
        options = options | {"oidc": tmp_path / "oidc.toml"}
    with pytest.raises(BadInput) as told:
        app.run_app(**options)
    assert told.value.code == code


def test_with_sign_in_the_server_learns_how_and_nothing_secret_is_an_argument(monkeypatch):
    started = {}
    monkeypatch.setattr(app.subprocess, "Popen", lambda command, env: started.update(command=command, env=env))
    monkeypatch.setattr(app, "_until_it_ends", lambda _: 0)
    monkeypatch.setenv("IPPS_GEO_LEDGER", "postgresql+psycopg://ipps:hidden@db/ledger")
    assert app.run_app(address="0.0.0.0", hosts=["ip.example.org"], sign_in="local", https=True) == 0
    assert started["command"][started["command"].index("--server.headless") + 1] == "false"
    assert (started["env"]["IPPS_GEO_SIGN_IN"], started["env"]["IPPS_GEO_HTTPS"]) == ("local", "1")
    assert "hidden" in started["env"]["IPPS_GEO_LEDGER"]
    assert "hidden" not in " ".join(started["command"])


@pytest.mark.parametrize(("way", "lacks", "code"), [("local", "argon2", "sign_in.no_argon2"), ("local", "none", None)])
def test_what_a_way_to_sign_in_needs_is_looked_for_before(monkeypatch, way, lacks, code):
    found = app.importlib.util.find_spec
    monkeypatch.setattr(app.importlib.util, "find_spec", lambda name: None if name == lacks else found(name))
    monkeypatch.setattr(app.subprocess, "Popen", lambda *_, **__: "started")
    monkeypatch.setattr(app, "_until_it_ends", lambda _: 7)
    if code is None:
        assert app.run_app(sign_in=way) == 7
        return
    with pytest.raises(MissingExtra) as told:
        app.run_app(sign_in=way)
    assert told.value.code == code
    assert app.run_app(sign_in="none") == 7
