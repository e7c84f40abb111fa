from pyfora.capture.client_origin import ClientOrigin
from pyfora.capture.encoder import Encoder
from pyfora.program.nodes import Remote, Value


class Proxy:
    pass


def f():
    pass


class A:
    pass


def test_keys_name_module_name_and_line(origin):
    assert origin.make_key(f) == f"{__name__}:f:{f.__code__.co_firstlineno}"
    assert origin.make_key(f) == origin.make_key(f)
    assert origin.make_key(A).startswith(f"{__name__}:A:")


def test_what_has_a_key_comes_back(origin):
    assert origin.find_object(origin.make_key(A)) is A
    assert origin.find_object("nobody") is None


def test_two_things_never_share_a_key(origin):
    def make():
        class Local:
            pass

        return Local

    one, two = make(), make()
    assert origin.make_key(one) != origin.make_key(two)


def test_functions_made_anew_each_time_need_no_key(origin):
    assert origin.make_key(lambda: 1) == ""


def test_proxies_are_told_by_the_executor():
    proxy = Proxy()
    origin = ClientOrigin(lambda value: Remote("c1", "x", "list") if value is proxy else None)
    encoder = Encoder(origin)
    program = encoder.program(Value(encoder.ref([proxy])))
    assert program.nodes[1] == Remote("c1", "x", "list")
