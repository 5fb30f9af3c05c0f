"""Settings: what is set is meant, and nothing but this machine is listened to."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from profilering.errors import SetupError
from serving.__main__ import cli
from serving.settings import read_settings

OPEN = "0.0.0.0"  # noqa: S104  every interface of the machine: what must be refused


def test_without_any_setting_only_this_machine_is_listened_to() -> None:
    settings = read_settings({}, {})
    assert (settings.host, settings.port, settings.journal_timeout_seconds) == ("127.0.0.1", 8080, 1.5)


def test_a_flag_outranks_the_environment() -> None:
    environ = {"PROFILERING_PORT": "9000", "PROFILERING_JOURNAL": "/data/journal.sqlite", "PATH": "/bin"}
    settings = read_settings(environ, {"port": "9001", "journal": None})
    assert settings.port == 9001
    assert settings.journal == "/data/journal.sqlite"


def test_a_misspelt_name_is_refused_with_the_nearest_one() -> None:
    with pytest.raises(SetupError, match=r"PROFILERING_JORNAL, which is no setting; .*PROFILERING_JOURNAL"):
        read_settings({"PROFILERING_JORNAL": "x"}, {})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "80a"),
        ("PORT", "-1"),
        ("PORT", "65536"),
        ("PORT", "8080.5"),
        ("JOURNAL_TIMEOUT_SECONDS", "nan"),
        ("JOURNAL_TIMEOUT_SECONDS", "0"),
        ("JOURNAL_TIMEOUT_SECONDS", "1e9"),
    ],
)
def test_a_number_that_cannot_be_meant_is_refused_with_its_limits(name: str, value: str) -> None:
    with pytest.raises(SetupError, match=f"{name.lower()} is '{value}'; it must be a number from"):
        read_settings({f"PROFILERING_{name}": value}, {})


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "localhost", "::1"])
def test_loopback_addresses_are_listened_to(host: str) -> None:
    assert read_settings({"PROFILERING_HOST": host}, {}).host == host


@pytest.mark.parametrize("host", [OPEN, "::", "10.0.0.5", "profilering.example", "localhost.example"])
def test_an_address_others_can_reach_is_refused_while_no_issuer_of_tokens_is_set(host: str) -> None:
    with pytest.raises(SetupError, match=r"no issuer of tokens is set; use 127\.0\.0\.1, or set AZURE"):
        read_settings({"PROFILERING_HOST": host}, {})


def test_the_service_does_not_start_on_an_open_address(tmp_path: Path) -> None:
    journal = tmp_path / "journal.sqlite"
    result = CliRunner().invoke(cli, ["serve", "--host", OPEN, "--journal", str(journal)])
    assert result.exit_code == 2
    assert f"the service does not start: host {OPEN}" in result.output
    assert not journal.exists()


def test_the_service_does_not_start_on_a_file_that_is_no_journal(tmp_path: Path) -> None:
    other = tmp_path / "other.sqlite"
    other.write_text("not a database")
    result = CliRunner().invoke(cli, ["serve", "--journal", str(other)])
    assert result.exit_code == 2
    assert "the service does not start" in result.output
