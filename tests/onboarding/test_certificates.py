"""The demo's authority: made once, for one host, worth nothing for any other."""

from __future__ import annotations

import datetime as dt
import ssl
import stat
from pathlib import Path

import pytest

from nahbar.onboarding.launch.certificates import LEAF_DAYS, Pair, authority_for, leaf_for

ADDRESS, NAME = "192.168.7.20", "demo.example.org"
NOW = dt.datetime.now(dt.UTC)


def authority(folder: Path, host: str = ADDRESS, now: dt.datetime = NOW) -> Pair:
    return authority_for(host=host, address=ADDRESS, folder=folder, now=now)


def trusts(signer: Pair, leaf: Pair, host: str) -> str:
    """What a browser that installed the authority says of a server with this leaf; empty when it is content."""
    client, server = ssl.create_default_context(cafile=signer.path), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(leaf.path, leaf.key)
    here, there = ssl.MemoryBIO(), ssl.MemoryBIO()
    asking = client.wrap_bio(here, there, server_hostname=host)
    answering = server.wrap_bio(there, here, server_side=True)
    for _turn in range(3):
        for end in (asking, answering):
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue
            except ssl.SSLCertVerificationError as refused:
                return refused.verify_message
    return ""


@pytest.mark.parametrize("host", [ADDRESS, NAME])
def test_leaf_is_trusted_for_its_host(tmp_path: Path, host: str) -> None:
    signer = authority(tmp_path, host)
    leaf = leaf_for(host=host, address=ADDRESS, authority=signer, folder=tmp_path, now=NOW)

    assert trusts(signer, leaf, host) == ""
    assert leaf.certificate.not_valid_after_utc - NOW < dt.timedelta(days=LEAF_DAYS, seconds=1)


@pytest.mark.parametrize(
    ("host", "address"), [("192.168.7.21", "192.168.7.21"), ("bank.example", ADDRESS), ("bank.example", "192.168.7.21")]
)
@pytest.mark.parametrize("made_for", [ADDRESS, NAME])
def test_stolen_key_signs_for_nobody_else(tmp_path: Path, made_for: str, host: str, address: str) -> None:
    signer = authority(tmp_path, made_for)

    leaf = leaf_for(host=host, address=address, authority=signer, folder=tmp_path, now=NOW)

    assert trusts(signer, leaf, host) == "permitted subtree violation"


def test_authority_is_kept_so_that_phones_trust_it_once(tmp_path: Path) -> None:
    first = authority(tmp_path)

    assert authority(tmp_path, now=NOW + dt.timedelta(days=300)).fingerprint == first.fingerprint
    assert stat.S_IMODE(first.key.stat().st_mode) == 0o600


def test_authority_that_ends_before_a_leaf_would_is_made_anew(tmp_path: Path) -> None:
    first = authority(tmp_path)

    assert authority(tmp_path, now=NOW + dt.timedelta(days=360)).fingerprint != first.fingerprint


def test_name_that_has_moved_gets_another_authority(tmp_path: Path) -> None:
    first = authority(tmp_path, NAME)

    moved = authority_for(host=NAME, address="192.168.7.99", folder=tmp_path, now=NOW)

    assert moved.fingerprint != first.fingerprint
