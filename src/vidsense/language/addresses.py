"""In: the address of a server. Out: whether it is this machine: frames go to no other unless somebody allowed it."""

import ipaddress
from urllib.parse import urlsplit

from vidsense.errors import ModelError

PORT = 11434
LOCAL_NAMES = ("localhost", "ip6-localhost")


def check_local(url: str, *, allow_remote: bool) -> None:
    """Refuse a server on another machine that nobody allowed: frames of a video would leave this one.

    >>> check_local("http://127.0.0.1:8080/v1", allow_remote=False)
    """
    host = urlsplit(url).hostname or ""
    if not allow_remote and not is_this_machine(host):
        raise ModelError(
            f"{host or url} is not this machine, and frames of the video would be sent there. "
            "Pass --allow-remote (allow_remote=True) if that is wanted."
        )


def is_this_machine(host: str) -> bool:
    """Whether a name or an address is this machine's own loopback; nothing is looked up for it.

    >>> is_this_machine("127.0.0.1"), is_this_machine("::1"), is_this_machine("example.org")
    (True, True, False)
    """
    if host.lower().rstrip(".") in LOCAL_NAMES:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def ollama_address(host: str | None) -> str:
    """Where an Ollama is reached that is said to listen at `host`, in the forms that OLLAMA_HOST takes.

    >>> ollama_address("localhost:9000"), ollama_address("0.0.0.0:9000"), ollama_address("https://box")
    ('http://localhost:9000', 'http://127.0.0.1:9000', 'https://box:443')
    """
    named = (host or "").strip() or "127.0.0.1"
    scheme, split = ("http", urlsplit(f"//{named}")) if "://" not in named else (named.split(":")[0], urlsplit(named))
    port = split.port or {"https": 443}.get(scheme, 80 if "://" in named else PORT)
    name = split.hostname or "127.0.0.1"
    name = "127.0.0.1" if name in ("0.0.0.0", "::") else name
    return f"{scheme}://{f'[{name}]' if ':' in name else name}:{port}{split.path.rstrip('/')}"
