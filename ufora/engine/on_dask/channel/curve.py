"""Who may read: with keys, only those who have the same ones. CURVE is ZeroMQ's own encryption, with keys on both sides."""

from dataclasses import dataclass

import zmq
import zmq.asyncio
from zmq.auth.asyncio import AsyncioAuthenticator
from zmq.utils import z85

ZAP_DOMAIN = b"ufora"


@dataclass(frozen=True, slots=True)
class CurveKeys:
    """The same pair on both sides of each connection."""

    public: bytes  #: Z85
    secret: bytes  #: Z85


def make_curve_keys(secret: bytes) -> CurveKeys:
    """From 32 secret bytes."""
    encoded = z85.encode(secret)
    return CurveKeys(zmq.curve_public(encoded), encoded)


class _Admitted:
    def __init__(self, public: bytes) -> None:
        self._public = public

    def callback(self, _domain: str, public: bytes) -> bool:
        return public == self._public


def admit_only(context: zmq.asyncio.Context, keys: CurveKeys) -> AsyncioAuthenticator:
    """Answers ZeroMQ's question about each reader; in the running event loop, until stopped."""
    authenticator = AsyncioAuthenticator(context)
    authenticator.start()
    authenticator.configure_curve_callback(ZAP_DOMAIN.decode(), credentials_provider=_Admitted(keys.public))
    return authenticator
