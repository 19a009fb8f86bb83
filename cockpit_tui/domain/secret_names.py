"""Which file names are usually those of secrets. Names only: nothing looks into the files."""

from __future__ import annotations

import re

_SECRET_NAME = re.compile(
    r"\.env(\.(local|prod|production|staging|dev|development))?"
    r"|id_(rsa|dsa|ecdsa|ed25519)|.*\.(pem|p12|pfx|key|jks|keystore|kdbx|ppk)"
    r"|\.netrc|\.pgpass|\.htpasswd|\.npmrc\.secret|credentials(\.json|\.ya?ml)?"
    r"|service[-_]account.*\.json|secrets?\.(json|ya?ml|toml|env)|\.git-credentials",
    re.IGNORECASE,
)
_PUBLIC_NAME = re.compile(r".*([._-](pub|public)|fullchain|cacert|ca-bundle|ca-cert).*", re.I)


def looks_like_secret_file(path: str) -> bool:
    """True for `.env`, `id_rsa`, `server.key` and their like; `.env.example` is none."""
    name = path.rpartition("/")[2]
    return _SECRET_NAME.fullmatch(name) is not None and _PUBLIC_NAME.fullmatch(name) is None
