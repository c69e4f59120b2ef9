"""Datasets that a command derives from others: never of a page, and gone after a rebuild until the command runs again."""

from __future__ import annotations

import pyarrow as pa

from newsharvest.schema.kinds import DOUBLE, INT32, INT64, SEOUL_MS, TEXT, Column, Dataset

MEMORY = ("article_hash", "text_hash", "sketch", "bands")
"""Columns of clusters by which the next run knows what it has read."""

CLUSTERS = Dataset(
    name="clusters",
    what="near-duplicate articles (press releases, agency copy) as the last `newsharvest cluster` found them: one row per article",
    key=("outlet_id", "article_id"),
    group=("outlet_id", "article_id"),
    columns=(
        Column("outlet_id", TEXT, "outlet, the folder's name"),
        Column("article_id", TEXT, "the outlet's article number"),
        Column("cluster_id", TEXT, "cluster: a digest of its least member's key, so that it may change when a member comes"),
        Column("size", INT32, "articles in the cluster", "1"),
        Column("outlets", INT32, "different outlets in the cluster", "1"),
        Column("similarity", DOUBLE, "greatest Jaccard index of its text with another member's, of word triples, verified", "1"),
        Column("published_at", SEOUL_MS, "publication time in Korea"),
        Column(
            "is_earliest",
            pa.bool_(),
            "whether it was published first (several may in one minute); null in the whole cluster where a member that states "
            "no minute may have been earlier",
        ),
        Column("agency", TEXT, "news agency that a member of the cluster, or the article itself, credits"),
        Column("agency_copy", pa.bool_(), "whether its text is an agency's: agency is not null"),
        Column("article_hash", TEXT, "content_hash of the article that was read"),
        Column("text_hash", INT64, "digest of its words"),
        Column("sketch", TEXT, "how bands were made"),
        Column("bands", pa.binary(), "MinHash bands of its word triples; empty for a text of less than 20 words"),
    ),
    sort=("article_id",),
    join="log",
    hive="outlet_id",
    probe="article_id",
)  # fmt: skip
