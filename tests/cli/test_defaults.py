"""Options set once: the command line before the environment, the environment before the file; nothing in silence."""

import sys

import pytest

from ipps_geo import cli
from ipps_geo.cli import defaults


@pytest.fixture
def demo(monkeypatch, capsys, tmp_path):
    """Run ``demo`` with options: what it was asked for, and standard error."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("APPDATA", str(tmp_path / "config"))
    monkeypatch.chdir(tmp_path)
    asked = {}
    monkeypatch.setattr("ipps_geo.planning.make_demo", lambda **options: asked.update(options) or {})
    monkeypatch.setattr("ipps_geo.screens.terminal.answers.demo_lines", lambda *_: ["made"])

    def through_main(*arguments):
        monkeypatch.setattr(sys, "argv", ["ipps-geo", "demo", *arguments])
        cli.main()
        return asked, capsys.readouterr().err

    return through_main


@pytest.fixture
def settings(monkeypatch, tmp_path):
    def write(text):
        file = tmp_path / "settings.toml"
        file.write_text(text, encoding="utf-8")
        monkeypatch.setenv("IPPS_GEO_SETTINGS", str(file))

    return write


def test_what_goes_before_what(demo, settings, monkeypatch):
    settings("seed = 1\n[demo]\nseed = 2\n")
    assert demo()[0]["seed"] == 2
    monkeypatch.setenv("IPPS_GEO_SEED", "3")
    assert demo()[0]["seed"] == 3
    monkeypatch.setenv("IPPS_GEO_DEMO_SEED", "4")
    assert demo()[0]["seed"] == 4
    assert demo("--seed", "5")[0]["seed"] == 5


def test_what_was_taken_from_settings_is_told_unless_the_command_line_says_it_or_quiet_is_asked(demo, settings):
    settings("seed = 11\n[demo]\nenterprises = 500\n")
    told = demo()[1]
    assert "settings.toml: seed" in told
    assert "settings.toml: [demo] enterprises" in told
    assert "enterprises" not in demo("--enterprises", "600")[1]
    assert demo("--quiet")[1] == ""


def test_the_users_own_file_is_found_without_a_variable(demo, tmp_path):
    folder = tmp_path / "config" / "ipps-geo"
    folder.mkdir(parents=True)
    (folder / "settings.toml").write_text("[demo]\nseed = 12\n", encoding="utf-8")
    assert demo()[0]["seed"] == 12


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("colour = 3", "colour"),
        ("[paint]\nseed = 3", "paint"),
        ("[demo]\nforce = true", "force"),
        ("[demo]\nseed = [1, 2]", "[demo] seed"),
        ("seed = = 3", "settings.toml"),
        ("[demo]\nseed = 'seven'", "[demo] seed"),
    ],
)
def test_a_setting_that_cannot_be_is_refused_with_its_place(text, told, settings, monkeypatch, capsys):
    settings(text)
    monkeypatch.setattr(sys, "argv", ["ipps-geo", "demo", "--lang", "en"])
    with pytest.raises(SystemExit) as leaving:
        cli.main()
    assert leaving.value.code == 2
    assert told in capsys.readouterr().err


@pytest.mark.parametrize(("name", "value"), [("IPPS_GEO_DEMO_SEAD", "3"), ("IPPS_GEO_SETTINGS", "missing.toml")])
def test_a_variable_that_names_nothing_is_refused(name, value, monkeypatch, capsys):
    monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "argv", ["ipps-geo", "demo"])
    with pytest.raises(SystemExit) as leaving:
        cli.main()
    assert leaving.value.code == 2
    assert value in (told := capsys.readouterr().err) or name in told


def test_an_account_without_a_home_has_no_settings(monkeypatch):
    monkeypatch.delenv("IPPS_GEO_SETTINGS", raising=False)
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.delenv("APPDATA", raising=False)
    monkeypatch.setattr(defaults.Path, "home", classmethod(_no_home))
    assert defaults.settings_file() is None


def _no_home(_cls):
    raise RuntimeError
