"""numpy of a process that runs guarded code: looked at as code would that has got hold of everything."""

import functools
from types import SimpleNamespace

import numpy
import pytest

from ufora.runtime.numpy_doors import close_numpy_doors


@pytest.fixture(autouse=True)
def closed() -> None:
    close_numpy_doors()


INTERFACE = {"data": (0x1000, False), "shape": (2,), "typestr": "<i8", "version": 3}


class Answering:
    """To any question, as C code does that numpy's own names could not be hidden from."""

    __getattr__ = staticmethod(functools.partial({"interface": INTERFACE}.get, "interface"))


class Mapping(dict[str, object]):
    def __missing__(self, key: str) -> object:
        return INTERFACE["typestr"]


@pytest.mark.parametrize(
    "owner",
    [
        SimpleNamespace(__array_interface__=INTERFACE),
        SimpleNamespace(__array_interface__=Mapping(INTERFACE)),
        Answering(),
    ],
)
def test_an_array_interface_is_not_followed(owner: object) -> None:
    with pytest.raises(ValueError, match="__array_"):
        numpy.array(owner)


def test_arrays_still_tell_their_own_interface() -> None:
    assert numpy.zeros(2).__array_interface__["shape"] == (2,)


def test_the_class_of_arrays_makes_none() -> None:
    with pytest.raises(TypeError):
        numpy.ndarray((1,), object, bytearray(8))  # type: ignore[call-overload]
    with pytest.raises(TypeError):
        numpy.ndarray.__new__(numpy.ndarray, (1,), object, bytearray(8))  # type: ignore[call-overload]
    with pytest.raises(TypeError):
        type("Mine", (numpy.ndarray,), {})((1,), object, bytearray(8))


def test_what_numpy_itself_makes_of_strides_still_works() -> None:
    assert list(numpy.ndindex(2, 2)) == [(0, 0), (0, 1), (1, 0), (1, 1)]
    assert numpy.vectorize(sum, signature="(n)->()")(numpy.ones((2, 3))).tolist() == [3, 3]
    with pytest.raises(ValueError, match="strides"):
        numpy.lib.stride_tricks.as_strided(numpy.zeros(1), (9,), (800,))


def test_unseeded_generators_are_all_the_same() -> None:
    assert numpy.random.default_rng().random() == numpy.random.default_rng().random()
    assert numpy.random.RandomState().rand() == numpy.random.RandomState(None).rand()


def test_seeded_generators_are_as_they_were() -> None:
    assert numpy.random.RandomState(5).randint(10**6) == 297827  # from numpy elsewhere
