"""What names people, signed: whoever reads the database or the disk learns no key that would open anything."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from tl_core.base.settings import settings


def signed(text: str) -> str:
    """HMAC-SHA-256 of a text under the key of this installation, as 64 hexadecimal digits."""
    return hmac.new(_secret(settings().home / "secret"), text.encode(), hashlib.sha256).hexdigest()


@lru_cache(maxsize=8)
def _secret(path: Path) -> bytes:
    """The key of this installation, made on first use."""
    fresh = path.with_name(f"secret.{secrets.token_hex(4)}.partial")
    with suppress(FileNotFoundError):
        return path.read_bytes()
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(secrets.token_bytes(32))
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(fresh, path)  # unlike a rename, fails when another process was quicker
    except FileExistsError:
        pass
    except OSError:  # a file system without links
        fresh.replace(path)
    fresh.unlink(missing_ok=True)
    return path.read_bytes()
