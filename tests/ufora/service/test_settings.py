from dataclasses import dataclass

import pytest

from pyfora.errors import ConfigurationError
from ufora.service.settings import fill, list_kinds, read_environment, read_options, read_toml


@dataclass(frozen=True, slots=True)
class Kettle:
    water_litres: int = 1
    water_kind: str = "tap"
    lid_open: bool = False


KINDS = list_kinds(Kettle)


def refusal(text: str) -> str:
    with pytest.raises(ConfigurationError) as caught:
        read_toml(text, "kettle.toml", KINDS)
    return str(caught.value)


def test_the_command_line_wins_over_the_environment_and_that_over_the_file() -> None:
    options = read_options({"water_litres": "4", "water_kind": None}, KINDS)
    environment = read_environment({"UFORA_WATER_LITRES": "3", "UFORA_WATER_KIND": "rain", "HOME": "/"}, KINDS)
    file = read_toml('[water]\nlitres = 2\nkind = "spring"\n\n[lid]\nopen = true\n', "kettle.toml", KINDS)
    filled = fill(Kettle, [options, environment, file])
    assert filled.record == Kettle(4, "rain", True)
    assert filled.places == {
        "water_litres": "--water-litres",
        "water_kind": "UFORA_WATER_KIND",
        "lid_open": "kettle.toml, line 6: lid.open",
    }


def test_what_nobody_says_stays_at_its_default() -> None:
    assert fill(Kettle, [{}, {}]).record == Kettle()
    assert set(fill(Kettle, [{}]).places.values()) == {"default"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[water]\nlitters = 2\n", "kettle.toml, line 2: water.litters is not a setting; did you mean water.litres?"),
        ("\n[watter]\nlitres = 2\n", "kettle.toml, line 3: watter.litres is not a setting; did you mean water.litres?"),
        ("litres = 2\n", "kettle.toml, line 1: litres is not a setting; did you mean water.litres?"),
        ("[water.litres]\nx = 1\n", "kettle.toml: water.litres: a whole number is expected, not {'x': 1}"),
        ("[water]\nlitres = '2'\n", "kettle.toml, line 2: water.litres: a whole number is expected, not '2'"),
        ("[water]\nlitres = true\n", "kettle.toml, line 2: water.litres: a whole number is expected, not True"),
        ("[water]\nlitres = 2.0\n", "kettle.toml, line 2: water.litres: a whole number is expected, not 2.0"),
        ("[lid]\nopen = 1\n", "kettle.toml, line 2: lid.open: true or false is expected, not 1"),
        ("[water]\nkind = 3\n", "kettle.toml, line 2: water.kind: a text is expected, not 3"),
        ("[water]\nlitres 2\n", "kettle.toml, line 2: not valid TOML: Expected '=' after a key in a key/value pair"),
        ("water_litres = 2\n", "kettle.toml, line 1: water_litres is not a setting; did you mean water.litres?"),
    ],
)
def test_a_mistake_in_a_file_is_named_with_file_line_and_key(text: str, message: str) -> None:
    assert refusal(text) == message


def test_a_name_like_no_other_gets_the_list_of_all() -> None:
    assert refusal("[x]\nyz = 1\n") == "kettle.toml, line 2: x.yz is not a setting; known are lid.open, water.kind, water.litres"


@pytest.mark.parametrize(("text", "truth"), [("1", True), ("true", True), ("Yes", True), ("0", False), ("", False), ("off", False)])
def test_truths_in_the_environment_are_written_in_many_ways(text: str, truth: bool) -> None:
    assert read_environment({"UFORA_LID_OPEN": text}, KINDS)["lid_open"].value is truth


@pytest.mark.parametrize(
    ("variable", "text", "message"),
    [
        ("UFORA_WATER_LITRE", "1", "UFORA_WATER_LITRE: not a setting; did you mean UFORA_WATER_LITRES?"),
        ("UFORA_WATER_LITRES", "one", "UFORA_WATER_LITRES: a whole number is expected, not 'one'"),
        ("UFORA_LID_OPEN", "ajar", "UFORA_LID_OPEN: true or false is expected, not 'ajar'"),
    ],
)
def test_a_mistake_in_the_environment_is_named(variable: str, text: str, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read_environment({variable: text}, KINDS)
    assert str(caught.value) == message


def test_variables_of_other_daemons_are_known_but_not_taken() -> None:
    assert read_environment({"UFORA_POT_SIZE": "3"}, KINDS, ["UFORA_POT_SIZE"]) == {}


@pytest.mark.parametrize(
    "link",
    ["UFORA_SERVICE_HOST=10.0.0.7", "UFORA_SERVICE_PORT_HTTP=80", "UFORA_PORT=tcp://10.0.0.7:80", "UFORA_PORT_80_TCP_ADDR=10.0.0.7"],
)
def test_variables_that_a_container_platform_makes_up_are_no_mistakes(link: str) -> None:
    assert read_environment(dict([link.split("=")]), KINDS) == {}
