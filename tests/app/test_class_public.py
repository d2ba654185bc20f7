"""The public address of a class behind a proxy: what may be given, and what is made of it."""

from __future__ import annotations

import argparse
import itertools
from pathlib import Path

import pytest

from app.classroom.public import BASE_VARIABLE, URL_VARIABLE, base_path_for, parse_address
from app.classroom.requests import is_own_origin
from app.live.routes import same_origin
from core.errors import BadInput
from core.store.workspace import Workspace
from gradclinic import classroom
from tests.app.class_for_tests import Building


@pytest.mark.parametrize(
    ("typed", "origin", "host", "path"),
    [
        ("https://class.school.org/lab", "https://class.school.org", "class.school.org", "/lab"),
        ("https://Class.School.org:443/", "https://class.school.org", "class.school.org", ""),
        ("http://192.0.2.7:8080/a/b/", "http://192.0.2.7:8080", "192.0.2.7", "/a/b"),
        ("https://[2001:db8::7]:8443", "https://[2001:db8::7]:8443", "2001:db8::7", ""),
    ],
)
def test_an_address_is_read(typed: str, origin: str, host: str, path: str) -> None:
    found = parse_address(typed)
    assert (found.origin, found.host, found.path) == (origin, host, path)
    assert str(found) == origin + path
    assert found.secure == typed.startswith("https")


@pytest.mark.parametrize(
    "typed",
    [
        "class.school.org", "ftp://class.school.org", "https://", "https://user@class.school.org", "https://class.school.org/?a=1",
        "https://class.school.org/#x", "https://x y", "https://class.school.org:port", "https://class.school.org/a/../b",
        "https://class.school.org/a//b", 'https://class.school.org/"><script>', "https://class.school.org?",
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused_with_a_sentence(typed: str) -> None:
    with pytest.raises(BadInput, match=r"no address of a class; give where its first page is"):
        parse_address(typed)


def test_the_path_of_the_address_and_the_environment_have_to_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    lab = parse_address("https://school.org/lab")
    with monkeypatch.context() as environment:
        environment.delenv(BASE_VARIABLE, raising=False)
        assert (base_path_for(lab), base_path_for(None)) == ("/lab", "")
        environment.setenv(BASE_VARIABLE, "lab/")
        assert base_path_for(lab) == base_path_for(None) == "/lab"
        environment.setenv(BASE_VARIABLE, "class")
        with pytest.raises(BadInput, match=r"has the path /lab, but STREAMLIT_SERVER_BASE_URL_PATH says /class"):
            base_path_for(lab)


def test_the_command_prints_the_public_address_and_starts_the_server_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    started: list[tuple[list[str], dict[str, str]]] = []

    def serve(settings: list[str], environment: dict[str, str]) -> int:
        started.append((settings, environment))
        return 0

    monkeypatch.setattr(classroom, "serve", serve)
    options = argparse.Namespace(
        address="127.0.0.1", port=8501, host=[], new=False, url="https://class.school.org/lab/"
    )
    assert classroom.act(Workspace(tmp_path), options) == 0
    (command, environment), printed = started[0], capsys.readouterr().out
    assert "https://class.school.org/lab/join?code=" in printed
    assert "https://class.school.org/lab/teach#" in printed
    assert "pass https://class.school.org/lab on to http://127.0.0.1:8501/lab" in printed
    given = list(itertools.pairwise(command))
    assert ("--server.allowedHosts", "class.school.org") in given
    assert ("--server.baseUrlPath", "lab") in given
    assert environment[URL_VARIABLE] == "https://class.school.org/lab"


def test_the_public_origin_is_this_server_and_no_other_is(school: Building, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.live.routes.is_host_allowed", lambda host: host == "127.0.0.1:8501")
    form = {"code": school.room.code, "nickname": "Zoe"}
    assert not is_own_origin("https://class.school.org", "127.0.0.1:8501")
    with monkeypatch.context() as environment:
        environment.setenv(URL_VARIABLE, "https://class.school.org/lab")
        assert is_own_origin("https://class.school.org", "127.0.0.1:8501")
        assert same_origin("https://class.school.org", "127.0.0.1:8501")
        assert not same_origin("https://class.school.org", "evil.example")
        for origin in ("http://class.school.org", "https://class.school.org:8443", "https://school.org", "null"):
            assert not is_own_origin(origin, "127.0.0.1:8501"), origin
        secure = school.post("/join", form).headers["set-cookie"].lower()
        assert "; secure" in secure  # though the proxy does not say that it is TLS
        environment.setenv(URL_VARIABLE, "http://class.school.org")
        assert "secure" not in school.post("/join", {**form, "nickname": "Yan"}).headers["set-cookie"].lower()
