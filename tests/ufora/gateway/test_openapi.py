from openapi_spec_validator import validate

from tests.ufora.gateway.documented import the_document
from tests.ufora.gateway.fakes import RunningGateway, echo, running_gateway

NOT_DOCUMENTED = {"/", "/page/{file}", "/socket.io/"}  # for browsers


def test_the_document_is_valid_openapi():
    validate(the_document())


def test_every_route_is_in_the_document_and_no_other(tmp_path):
    with running_gateway(echo, tmp_path) as gateway:
        routes = gateway.call(lambda: list_routes(gateway))
    documented = {(method.upper(), path) for path, operations in the_document()["paths"].items() for method in operations}
    assert routes == documented


def list_routes(gateway: RunningGateway) -> set[tuple[str, str]]:
    return {
        (route.method, route.resource.canonical)
        for route in gateway.gateway.app.router.routes()
        if route.resource is not None and route.resource.canonical not in NOT_DOCUMENTED and route.method not in ("HEAD", "OPTIONS")
    }


def test_comments_of_the_records_are_descriptions():
    schemas = the_document()["components"]["schemas"]
    assert schemas["Worker"]["properties"]["address"] == {"type": "string", "description": "host:port of its control channel"}
    assert schemas["Computation"]["properties"]["progress"]["anyOf"] == [{"$ref": "#/components/schemas/Progress"}, {"type": "null"}]
    assert schemas["Worker"]["required"][0] == "id"
