"""How a host is written where a port follows: an IPv6 address stands in brackets there."""


def write_host(host: str) -> str:
    """`host`: a name or an address, without brackets."""
    return f"[{host}]" if ":" in host else host


def write_address(host: str, port: int) -> str:
    """host:port"""
    return f"{write_host(host)}:{port}"
