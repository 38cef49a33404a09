"""Content Credentials (C2PA): a signed statement in the file that a model made it, with which one.

The certificate is of this instance alone. Readers find the signature whole and, until they are told to trust its
authority, the signer unknown to them. No time-stamp server is asked, so nothing goes out on the network.
"""

import os
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import c2pa
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from .embedded import AI_GENERATED

FORMATS = frozenset({"png", "jpg", "mp4", "gif"})
"""What c2pa writes of what is made here: it knows no WebM."""
GENERATOR = "MediaGen"
LIFETIME = timedelta(days=3650)
_QUIET = {"builder": {"thumbnail": {"enabled": False}}, "verify": {"remote_manifest_fetch": False, "ocsp_fetch": False}}
_KEY, _CHAIN, _AUTHORITY = "key.pem", "chain.pem", "authority.pem"


@dataclass(frozen=True)
class Identity:
    """Who signs: PEM of a private key and of its chain of certificates."""

    key: bytes
    chain: bytes


def identity(folder: Path) -> Identity:
    """The identity in this folder, made there at first use: readable by its owner alone.

    `authority.pem` beside it is public: whoever trusts it finds the signatures to be from here.
    """
    if not folder.exists():
        _make(folder)
    return Identity((folder / _KEY).read_bytes(), (folder / _CHAIN).read_bytes())


def sign(path: Path, format: str, identity: Identity, *, model: str, version: str) -> None:
    """Sign the file in its place: when it is cut short, the unsigned file stays.

    Raises ValueError for a format without Content Credentials, and c2pa.C2paError for a file that is not of it.
    """
    if format not in FORMATS:
        raise ValueError(f"There are no Content Credentials for {format}.")
    signed = path.with_name(f"{path.name}.signed")
    builder = c2pa.Builder(_manifest(model, version), c2pa.Context.from_dict(_QUIET))
    signer = c2pa.Signer.from_info(c2pa.C2paSignerInfo(c2pa.C2paSigningAlg.ES256, identity.chain, identity.key, None))
    with path.open("rb") as source, signed.open("w+b") as target:
        builder.sign(signer, format, source, target)
    signed.replace(path)


def _manifest(model: str, version: str) -> dict[str, Any]:
    """What is stated: made by a trained model, with which one and by which program. Nothing of what was asked for."""
    created = {"action": "c2pa.created", "digitalSourceType": AI_GENERATED, "softwareAgent": {"name": model}}
    return {
        "claim_generator_info": [{"name": GENERATOR, "version": version}],
        "assertions": [{"label": "c2pa.actions.v2", "data": {"actions": [created]}}],
    }


def _make(folder: Path) -> None:
    """An authority that certifies one key and forgets its own. Two workers that start at once keep the first one's."""
    authority_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority = _certificate("authority", key=authority_key, issuer="authority", issuer_key=authority_key)
    certificate = _certificate("instance", key=key, issuer="authority", issuer_key=authority_key)
    draft = Path(tempfile.mkdtemp(prefix=f"{folder.name}-", dir=folder.parent))  # mode 0700
    files = {
        _KEY: key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        _CHAIN: certificate + authority,
        _AUTHORITY: authority,
    }
    for name, content in files.items():
        with os.fdopen(os.open(draft / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
    try:
        draft.rename(folder)
    except OSError:
        if not folder.exists():
            raise
        for name in files:
            (draft / name).unlink()
        draft.rmdir()


def _certificate(
    name: str, *, key: ec.EllipticCurvePrivateKey, issuer: str, issuer_key: ec.EllipticCurvePrivateKey
) -> bytes:
    """A certificate as the C2PA specification's certificate profile wants it, PEM."""
    is_authority = key is issuer_key
    now = datetime.now(UTC)
    usage = dict.fromkeys(
        ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "encipher_only"), False
    )
    key_usage = x509.KeyUsage(
        digital_signature=not is_authority,
        key_cert_sign=is_authority,
        crl_sign=is_authority,
        decipher_only=False,
        **usage,
    )
    builder = (
        x509.CertificateBuilder(_named(issuer), _named(name), key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + LIFETIME)
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=0 if is_authority else None), critical=True)
        .add_extension(key_usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
    )
    if not is_authority:
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False)
    return builder.sign(issuer_key, hashes.SHA256()).public_bytes(Encoding.PEM)


def _named(name: str) -> x509.Name:
    organization = x509.NameAttribute(NameOID.ORGANIZATION_NAME, GENERATOR)
    return x509.Name([organization, x509.NameAttribute(NameOID.COMMON_NAME, name)])
