"""Is there a manager, and can we talk?"""

from pyfora import errors
from pyfora.client.transport import CutOff, Refused, Transport
from pyfora.neighbours import explain_distance

UNAUTHORIZED = 401


def shake_hands(transport: Transport, version: str, wire_format: int) -> int:
    """The largest Program the manager takes, bytes. Raises errors.ConnectionError, one sentence for each thing that can be wrong."""
    address = transport.address
    stranger = f"something answers at {address}, but it is not a ufora manager: check host and port"
    try:
        told = transport.ask("GET", "/version")
    except Refused as refusal:
        raise errors.ConnectionError(explain_refusal(transport, refusal) if refusal.status == UNAUTHORIZED else stranger) from None
    except CutOff as error:
        raise errors.ConnectionError(_explain(transport, error)) from error
    except ValueError:
        raise errors.ConnectionError(stranger) from None
    if not isinstance(told, dict) or told.get("product") != "ufora":
        raise errors.ConnectionError(stranger)
    formats = told["wire_formats"]
    if wire_format not in formats:
        older = "pyfora here" if wire_format < min(formats) else "the cluster"
        raise errors.ConnectionError(
            f"pyfora {version} here and ufora {told['version']} at {address} cannot talk to each other: upgrade {older}"
        )
    if distance := explain_distance(version, told["version"], ("pyfora here", f"the cluster at {address}")):
        raise errors.ConnectionError(distance)
    return int(told["program_bytes"])


def explain_refusal(transport: Transport, refusal: Refused) -> str:
    """Of a manager; one sentence for the user."""
    if refusal.status != UNAUTHORIZED:
        return f"the cluster at {transport.address} does not take this client: {refusal}"
    if transport.has_token:
        return f"the cluster at {transport.address} does not take this token: ask whoever runs it for a good one"
    return f"the cluster at {transport.address} asks for a token: pyfora.connect(url, token=…), or set PYFORA_TOKEN or PYFORA_TOKEN_FILE"


def _explain(transport: Transport, error: CutOff) -> str:
    address = transport.address
    match error.cause:
        case "refused":
            return f'nothing listens at {address}: start a cluster there with "ufora run", or check host and port'
        case "unknown host":
            return f"there is no host named {address.host!r}: check the address"
        case "timeout":
            return f"nothing answered at {address} for {transport.timeout:g} seconds: check host and port, and firewalls between"
        case "not http":
            return f"something answers at {address}, but it is not a ufora manager: check host and port"
        case "tls":
            return f"the manager at {address} has no certificate that this machine trusts: {error}; SSL_CERT_FILE names one to trust"
        case _:
            return f"the manager cannot be reached: {error}"
