"""The parser's version: one integer for code and reference data.

A row's content is a function of its page and of what this module digests, so the integer is raised with every change to
either; a test compares the digest with the committed one. ``python -m newsharvest.versions`` raises it.
"""

from __future__ import annotations

import functools
import hashlib
import json
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

_HERE = Path(__file__).parent
_FILE = _HERE / "parser_version.json"
_PARTS = (
    "page.py",
    "mojibake.py",
    "harvest.py",
    "markup.py",
    "items.py",
    "reference.py",
    "region_codes.py",
    "registry.py",
    "kma_registry.py",
    "schema",
    "cms",
    "weather",
)


@functools.cache
def parser_version() -> int:
    """The committed integer."""
    version = json.loads(_FILE.read_text(encoding="utf-8"))["version"]
    if not isinstance(version, int):
        raise TypeError(f"{_FILE.name}: version is no integer")
    return version


def committed_digest() -> str:
    """The digest that was committed with the integer."""
    return str(json.loads(_FILE.read_text(encoding="utf-8"))["digest"])


def digest() -> str:
    """The digest of everything that a row's content depends on, in a checkout."""
    roots = [_HERE / part for part in _PARTS] + [_HERE.parent / "pipelines", _HERE.parent / "data" / "reference"]
    total = hashlib.sha256()
    for path in sorted(path for root in roots for path in _files(root)):
        total.update(str(path.relative_to(_HERE.parent)).encode() + b"\0" + path.read_bytes() + b"\0")
    return total.hexdigest()


def _files(root: Path) -> list[Path]:
    if root.is_file():
        return [root]
    return [path for path in root.rglob("*") if path.suffix in {".py", ".csv", ".toml"}]


class ForeignPipelinesError(ImportError):
    """The package ``pipelines`` that Python finds is not ours."""


def check_pipelines() -> None:
    """ForeignPipelinesError where the package ``pipelines`` that Python finds is not the one beside this package.

    A distribution of that name exists on the package index; installed, it goes before ours.
    """
    found = find_spec("pipelines")
    if found is None or found.origin is None:
        raise ForeignPipelinesError("the package `pipelines` is missing: install newsharvest, or run from its checkout")
    wanted = _HERE.resolve().parent / "pipelines" / "__init__.py"
    if Path(found.origin).resolve() != wanted:
        raise ForeignPipelinesError(
            f"`pipelines` is another distribution's package, at {found.origin}; newsharvest needs its own, at {wanted}. "
            "Remove the other one (`pip uninstall pipelines`), or install newsharvest into an environment of its own."
        )


def package_version() -> str:
    """The distribution's version; ``0+checkout`` where it is not installed."""
    try:
        return metadata.version("newsharvest")
    except metadata.PackageNotFoundError:
        return "0+checkout"


def raise_version() -> int:
    """Write the current digest and, where it differs from the committed one, the next integer."""
    version = parser_version()
    if digest() != committed_digest():
        version += 1
        _FILE.write_text(json.dumps({"version": version, "digest": digest()}, indent=1) + "\n", encoding="utf-8")
    return version


if __name__ == "__main__":
    print(raise_version())
