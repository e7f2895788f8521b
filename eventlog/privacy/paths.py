"""Files whose content must never be kept, by their path: a blocklist in the syntax of gitignore.

What a setting adds extends the list. It cannot take anything away: a line that starts with ``!``
is refused.
"""

from collections.abc import Iterable

import pathspec

DEFAULT_PATTERNS = (
    # keys and certificates
    "*.pem", "*.key", "*.cert", "*.crt", "*.cer", "*.der", "*.p12", "*.pfx", "*.p8", "*.jks",
    "*.keystore", "*.kdbx", "*.asc", "*.gpg", "id_rsa*", "id_dsa*", "id_ecdsa*", "id_ed25519*",
    "*.ppk", "authorized_keys", "known_hosts",
    # secrets by name
    ".env", ".env.*", "*.env", ".envrc", "secrets.*", "secret.*", "*.secret", "*.secrets",
    "credentials", "credentials.*", ".netrc", "_netrc", ".npmrc", ".pypirc", ".pgpass",
    ".my.cnf", ".htpasswd", ".git-credentials", ".dockercfg", "docker-config.json", "kubeconfig",
    "*.kubeconfig", "*.tfstate", "*.tfstate.*", "*.tfvars", "*.ovpn", ".vault-token",
    "service-account*.json", "*-service-account.json", "google-services.json", "*.mobileprovision",
    # folders of keys
    ".ssh/", ".aws/", ".azure/", ".gcloud/", ".kube/", ".gnupg/", ".docker/", ".git/", "secrets/",
)  # fmt: skip


class PathRules:
    """The default list and what is added to it. Raises ``ValueError`` for a bad pattern."""

    def __init__(self, more: Iterable[str] = ()) -> None:
        added = [pattern.strip() for pattern in more if pattern.strip()]
        for pattern in added:
            if pattern.startswith("!"):
                raise ValueError(f"{pattern}: the list can be extended only")
        try:
            # Letter case is no protection: .ENV is the same file on many systems.
            lines = [pattern.lower() for pattern in (*DEFAULT_PATTERNS, *added)]
            self._spec = pathspec.GitIgnoreSpec.from_lines(lines)
        except pathspec.patterns.gitignore.GitIgnorePatternError as error:
            raise ValueError(str(error)) from None

    def forbids(self, path: str) -> bool:
        """Whether nothing of that file may be kept. Separators may be those of any system."""
        normal = path.replace("\\", "/").lower().removeprefix("./").lstrip("/")
        if len(normal) > 1 and normal[1] == ":":
            normal = normal[2:].lstrip("/")
        return self._spec.match_file(normal)
