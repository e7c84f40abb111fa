from pathlib import Path

import pytest

from pyfora.errors import ConfigurationError
from ufora.service.tokens import Tokens

GOOD = "# of this cluster\n\nanna  0123456789abcdef\nbatch fedcba9876543210\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "tokens"
    path.write_text(GOOD)
    return path


def test_each_token_of_the_file_is_good_and_no_other(file):
    tokens = Tokens(file)
    assert tokens.admits("0123456789abcdef")
    assert tokens.admits("fedcba9876543210")
    assert not any(tokens.admits(other) for other in ("", "anna", "0123456789abcde", "0123456789abcdefg", "ä"))


def test_tokens_are_exchanged_while_the_manager_runs(file):
    tokens = Tokens(file)
    file.write_text("anna new-0123456789abcdef\n")
    tokens.read_again()
    assert tokens.admits("new-0123456789abcdef")
    assert not tokens.admits("0123456789abcdef")


def test_a_mistake_leaves_them_as_they_were_and_is_logged(file, caplog):
    tokens = Tokens(file)
    file.write_text("anna\n")
    tokens.read_again()
    assert tokens.admits("0123456789abcdef")
    assert f"the tokens stay as they were: {file}, line 1" in caplog.text


def test_the_log_names_clients_and_no_tokens(file, caplog):
    caplog.set_level("INFO")
    Tokens(file).admits("0123456789abcdef")
    assert "anna, batch" in caplog.text
    assert "0123456789abcdef" not in caplog.text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "has no token"),
        ("# nobody\n", "has no token"),
        ("anna\n", "line 1: a client's name and its token are expected"),
        ("\nanna a b\n", "line 2: a client's name and its token are expected"),
        ("anna short\n", "line 1: the token of anna is too short"),
    ],
)
def test_a_mistake_in_the_file_is_one_sentence_without_the_token(file, text, said):
    file.write_text(text)
    with pytest.raises(ConfigurationError, match=said) as refusal:
        Tokens(file)
    assert "short:" not in str(refusal.value).replace("too short:", "")


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(ConfigurationError, match="missing cannot be read: No such file"):
        Tokens(tmp_path / "missing")
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigurationError, match="not UTF-8 text"):
        Tokens(tmp_path / "binary")
