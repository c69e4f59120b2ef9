"""What is generated is current."""

from __future__ import annotations

from newsharvest import versions
from newsharvest.schema import document


def test_datasets_md_is_generated_from_the_schema() -> None:
    assert document.path().read_text(encoding="utf-8") == document.markdown()


def test_the_parser_version_is_raised_with_every_change_of_parser_or_reference_data() -> None:
    assert versions.committed_digest() == versions.digest(), "run `make parser-version` and commit parser_version.json"
