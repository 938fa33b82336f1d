"""Certificates for a demo on a real phone: an authority made once, and a leaf for each start.

Whoever installs the authority on a phone trusts whoever holds its key. So it can sign for one host only, and its key
never leaves the folder it was made in.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

AUTHORITY_DAYS, LEAF_DAYS = 365, 14
# Phones' clocks are wrong at times.
BACKDATED = dt.timedelta(days=1)
# No name ends so: an authority for an address signs for no name.
NO_NAME = "invalid"


@dataclass(frozen=True)
class Pair:
    """A certificate, its key, and where both are kept."""

    certificate: x509.Certificate
    private_key: ec.EllipticCurvePrivateKey
    path: Path
    key: Path

    @property
    def fingerprint(self) -> str:
        """As phones show it before they trust it."""
        return self.certificate.fingerprint(hashes.SHA256()).hex(":").upper()


def authority_for(*, host: str, address: str, folder: Path, now: dt.datetime) -> Pair:
    """The kept authority of this host, made when there is none or a leaf would outlive it."""
    path, key = folder / f"demo-authority-{host}.pem", folder / f"demo-authority-{host}.key"
    if path.is_file() and key.is_file():
        kept = _read(path, key)
        if kept.certificate.not_valid_after_utc > now + dt.timedelta(days=LEAF_DAYS) and _is_for(kept, address):
            return kept
    private_key = ec.generate_private_key(ec.SECP256R1())
    name = _name(f"Nahbar demo on {host}"[:64])
    builder = _builder(name, name, private_key, now, AUTHORITY_DAYS).add_extension(
        x509.BasicConstraints(ca=True, path_length=0), critical=True
    )
    builder = builder.add_extension(_usage(signs_certificates=True), critical=True)
    builder = builder.add_extension(x509.NameConstraints(_only(host, address), None), critical=True)
    return _keep(builder.sign(private_key, hashes.SHA256()), private_key, path, key)


def leaf_for(*, host: str, address: str, authority: Pair, folder: Path, now: dt.datetime) -> Pair:
    """A new certificate of the host, signed by the authority; short-lived, because each start makes one."""
    private_key = ec.generate_private_key(ec.SECP256R1())
    signer = authority.certificate.subject
    names: list[x509.GeneralName] = [x509.IPAddress(ipaddress.ip_address(address))]
    if host != address:
        names.append(x509.DNSName(host))
    # No host in the subject: without a name among the alternatives, OpenSSL would hold it against the constraints.
    builder = _builder(_name("Nahbar demo"), signer, private_key, now, LEAF_DAYS)
    builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(_usage(signs_certificates=False), critical=True)
    builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    builder = builder.add_extension(
        x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.private_key.public_key()), critical=False
    )
    certificate = builder.sign(authority.private_key, hashes.SHA256())
    return _keep(certificate, private_key, folder / "demo-leaf.pem", folder / "demo-leaf.key")


def _builder(
    subject: x509.Name, issuer: x509.Name, private_key: ec.EllipticCurvePrivateKey, now: dt.datetime, days: int
) -> x509.CertificateBuilder:
    public_key = private_key.public_key()
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATED)
        .not_valid_after(now + dt.timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
    )


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _only(host: str, address: str) -> list[x509.GeneralName]:
    """What the authority may sign for: this host, and of each kind of name nothing else."""
    return [
        x509.IPAddress(ipaddress.ip_network(f"{address}/32")),
        x509.DNSName(NO_NAME if host == address else host),
    ]


def _is_for(pair: Pair, address: str) -> bool:
    """Whether the name still has the address it had when the authority was made."""
    permitted = pair.certificate.extensions.get_extension_for_class(x509.NameConstraints).value.permitted_subtrees
    return x509.IPAddress(ipaddress.ip_network(f"{address}/32")) in (permitted or [])


def _read(path: Path, key: Path) -> Pair:
    private_key = serialization.load_pem_private_key(key.read_bytes(), password=None)
    assert isinstance(private_key, ec.EllipticCurvePrivateKey)
    return Pair(x509.load_pem_x509_certificate(path.read_bytes()), private_key, path, key)


def _keep(certificate: x509.Certificate, private_key: ec.EllipticCurvePrivateKey, path: Path, key: Path) -> Pair:
    key.touch(mode=0o600)
    key.write_bytes(
        private_key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return Pair(certificate, private_key, path, key)
