import pytest

from pyfora import errors
from pyfora.client.token import find_token


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch):
    for name in ("PYFORA_TOKEN", "PYFORA_TOKEN_FILE"):
        monkeypatch.delenv(name, raising=False)


def test_without_anything_there_is_none():
    assert find_token(None) == ""


def test_the_call_wins_over_the_variable_and_that_over_the_file(monkeypatch, tmp_path):
    file = tmp_path / "token"
    file.write_text("of-the-file\n")
    monkeypatch.setenv("PYFORA_TOKEN_FILE", str(file))
    assert find_token(None) == "of-the-file"
    monkeypatch.setenv("PYFORA_TOKEN", "of-the-variable")
    assert find_token(None) == "of-the-variable"
    assert find_token("of-the-call") == "of-the-call"


def test_a_file_that_cannot_be_read_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("PYFORA_TOKEN_FILE", str(tmp_path / "missing"))
    with pytest.raises(errors.ConnectionError, match=r"PYFORA_TOKEN_FILE: .*missing cannot be read: No such file"):
        find_token(None)


@pytest.mark.parametrize("told", ["two words", "line\nline", "schlüssel"])
def test_what_is_no_token_is_told_without_repeating_it(told):
    with pytest.raises(errors.ConnectionError, match="a token is one word") as refusal:
        find_token(told)
    assert told not in str(refusal.value)
