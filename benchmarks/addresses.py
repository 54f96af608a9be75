"""Web addresses that lead here or into a network of one's own, written in every way that we know.

    python benchmarks/addresses.py

Each is fetched with the resolver of this machine, names of our own by one that tells what they are
made for, a private address beside a public one among them. No connection is made: what would be
connected to is noted. Ends with 1 where that is on a list of networks that is not the fetcher's.
"""

from __future__ import annotations

import ipaddress
import socket
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from unittest.mock import patch

import httpcore2

sys.path.insert(0, str(Path(__file__).parents[1]))
from rag.documents.fetch import fetch
from rag.errors import AddressError

FOUR = (
    "127.0.0.1 127.0.0.2 127.255.255.254 0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 172.16.0.1"
    " 172.31.255.254 192.168.0.1 192.168.255.254 169.254.169.254 169.254.0.1 100.64.0.1"
    " 100.100.100.200 192.0.0.192 168.63.129.16 224.0.0.1 239.255.255.250 240.0.0.1"
    " 255.255.255.255 198.18.0.1 192.0.2.1"
).split()
SIX = "::1 :: fe80::1 fc00::1 fd00:ec2::254 ff02::1 fec0::1 64:ff9b:1::1 100::1 2001:db8::1".split()
FORBIDDEN = [
    ipaddress.ip_network(net)
    for net in (
        "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24"
        " 192.0.2.0/24 192.168.0.0/16 198.18.0.0/15 224.0.0.0/3 168.63.129.16/32 ::/8 64:ff9b::/32"
        " 100::/64 2001:db8::/32 2002::/16 fc00::/7 fe80::/9 ff00::/8"
    ).split()
]
PUBLIC = "93.184.215.14"
WIDE = str.maketrans("0123456789.", "０１２３４５６７８９。")
CIRCLED = str.maketrans("123456789", "①②③④⑤⑥⑦⑧⑨")


def of_four(address: str) -> Iterator[str]:
    """A host in the ways that an IPv4 address is written, some of which few programs take."""
    a, b, c, d = parts = [int(part) for part in address.split(".")]
    whole = int(ipaddress.IPv4Address(address))
    yield address
    yield from (str(whole), hex(whole), f"0{whole:o}", f"0X{whole:08X}", str(whole + 2**32))
    yield from (f"{a}.{b}.{c * 256 + d}", f"{a}.{(b * 256 + c) * 256 + d}")
    yield ".".join(map(hex, parts))
    yield ".".join(f"0{part:o}" for part in parts)
    yield ".".join(f"{part:03}" for part in parts)
    yield ".".join(f"0x{part:08x}" for part in parts)
    yield f"{a}.0x{b:x}.0{c:o}.{d}"
    yield from (f"{address}.", address.translate(WIDE), address.translate(CIRCLED))
    yield from (address.replace(".", "。"), address.replace(".", "%2e"))
    yield "".join(f"%{ord(letter):02x}" for letter in address)
    for before in ("::ffff:", "::", "64:ff9b::", "::ffff:0:", "0:0:0:0:0:ffff:"):
        yield f"[{before}{address}]"
    high, low = whole >> 16, whole & 0xFFFF
    yield from (f"[::ffff:{high:x}:{low:x}]", f"[2002:{high:x}:{low:x}::1]")
    yield from (f"[64:ff9b::{high:x}:{low:x}]", f"[2001:0:{high:x}:{low:x}::]")
    yield from (f"only.{address}.test", f"both.{address}.test", f"last.{address}.test")


def of_six(address: str) -> Iterator[str]:
    """A host in the ways that an IPv6 address is written."""
    full = ipaddress.IPv6Address(address).exploded
    yield from (f"[{address}]", f"[{full}]", f"[{address.upper()}]", f"[{address}%1]")
    yield from (f"[{address}%25lo]", address, f"only.{full.replace(':', '-')}.test")


def forms() -> Iterator[str]:
    """All addresses."""
    hosts = [host for address in FOUR for host in of_four(address)]
    hosts += [host for address in SIX for host in of_six(address)]
    hosts += ["localhost", "LOCALHOST.", "localhost.localdomain", "ip6-localhost", "0", "127.1"]
    for host in hosts:
        yield from (f"http://{host}/", f"https://{host}/a", f"http://{host}:443/", host)
        yield from (f"http://{host}:8080/", f"http:\\\\{host}\\", f"http://good.example@{host}/")
        yield f"http://good.example#@{host}/"


def looked_up(host: Any, port: Any, *rest: Any, **options: Any) -> list[Any]:
    """The resolver of this machine, and the answers for names of our own."""
    name = host.decode() if isinstance(host, bytes) else str(host)
    kind, _, told = name.removesuffix(".test").partition(".")
    if not name.endswith(".test"):
        return REAL(host, port, *rest, **options)
    address = told.replace("-", ":") if "-" in told else told
    found = {"only": [address], "both": [PUBLIC, address], "last": [PUBLIC] * 9 + [address]}[kind]
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in found]


REAL = socket.getaddrinfo


def main() -> None:
    counts: Counter[str] = Counter()
    asked: list[str] = []

    def connect(_: object, host: str, *__: object, **___: object) -> None:
        asked.append(host)
        raise httpcore2.ConnectError

    bad: list[str] = []
    with (
        patch("httpcore2.SyncBackend.connect_tcp", connect),
        patch("socket.getaddrinfo", looked_up),
    ):
        with suppress(AddressError):
            fetch(f"http://only.{PUBLIC}.test/")
        assert asked == [PUBLIC], "a public address is not asked either"
        for form in sorted(set(forms())):
            asked.clear()
            try:
                fetch(form, seconds=5)
            except AddressError:
                pass
            except Exception as error:
                bad.append(f"{form}: {error!r}")
            counts["connected to elsewhere" if asked else "refused"] += 1
            for host in map(ipaddress.ip_address, asked):
                if any(host in net for net in FORBIDDEN if net.version == host.version):
                    bad.append(f"{form}: {host}")
    print(f"{counts.total():,} forms: {dict(counts)}; wrong: {len(bad)}")
    print("\n".join(bad[:20]))
    sys.exit(bool(bad))


if __name__ == "__main__":
    main()
