"""The archive: what was received, as it was received. Writing WARC; reading WARC and WET."""

from newsharvest.archive.cuts import pieces
from newsharvest.archive.gz import Member, members
from newsharvest.archive.reader import PARTIAL, Damaged, pages, pages_at, whole_until
from newsharvest.archive.writer import (
    ArchiveWriter,
    Headers,
    RecordDraft,
    digest_of,
    metadata_draft,
    response_draft,
    revisit_draft,
    same_payload_draft,
    warc_date,
)

__all__ = [
    "PARTIAL",
    "ArchiveWriter",
    "Damaged",
    "Headers",
    "Member",
    "RecordDraft",
    "digest_of",
    "members",
    "metadata_draft",
    "pages",
    "pages_at",
    "pieces",
    "response_draft",
    "revisit_draft",
    "same_payload_draft",
    "warc_date",
    "whole_until",
]
