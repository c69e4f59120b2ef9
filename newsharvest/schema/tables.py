"""The datasets of reference data: written whole, for joins."""

from __future__ import annotations

import pyarrow as pa

from newsharvest.schema.kinds import DOUBLE, INT32, TEXT, TEXTS, Column, Dataset

STATIONS = Dataset(
    name="stations",
    what="the stations known to the parser version of the last run",
    key=("stn_id",),
    group=("stn_id",),
    columns=(
        Column("stn_id", INT32, "KMA station number"),
        Column("network", TEXT, "ASOS, special (radar sites), closed or AWS"),
        Column("name", TEXT, "official name"),
        Column("name_en", TEXT, "English name"),
        Column("variants", TEXTS, "official spellings with a type remark"),
        Column("aliases", TEXTS, "short forms"),
        Column("legacy_names", TEXTS, "former names"),
        Column("wmo_id", TEXT, "WMO number where a source states it; never computed"),
        Column("lat", DOUBLE, "latitude", "°"),
        Column("lon", DOUBLE, "longitude", "°"),
        Column("altitude_m", DOUBLE, "altitude above sea level", "m"),
        Column("altitude_source", TEXT, "who states it; unverified where no source was found"),
        Column("since", TEXT, "first day or year of operation where known"),
        Column("until", TEXT, "last day of operation where known"),
        Column("sido", TEXT, "province"),
        Column("sigungu", TEXT, "district"),
        Column("sig_code", TEXT, "district code after the changes of 2026"),
        Column("sig_code_2025", TEXT, "district code before them"),
        Column("flags", TEXTS, "what is doubtful"),
    ),
    sort=("stn_id",),
    join="table",
)
OUTLETS = Dataset(
    name="outlets",
    what="the registered outlets at the last run",
    key=("outlet_id",),
    group=("outlet_id",),
    columns=(
        Column("outlet_id", TEXT, "outlet"),
        Column("name", TEXT, "name"),
        Column("cms", TEXT, "CMS family"),
        Column("hosts", TEXTS, "host names"),
        Column("region_code", TEXT, "district or province code"),
        Column("region_basis", TEXT, "what says so"),
        Column("enabled", pa.bool_(), "whether a crawl of all takes it"),
        Column("demo", pa.bool_(), "whether it is a paper of the bundled site"),
    ),
    sort=("outlet_id",),
    join="table",
)
REGIONS = Dataset(
    name="regions",
    what="the 시도 and 시군구 known to the parser version of the last run, retired ones included",
    key=("code",),
    group=("code",),
    columns=(
        Column("code", TEXT, "administrative code: two digits for a 시도, five for a 시군구"),
        Column("level", TEXT, "sido or sigungu"),
        Column("name", TEXT, "name"),
        Column("full_name", TEXT, "name with that of its 시도"),
        Column("parent_code", TEXT, "시도 of a 시군구; of a city's 구 the city; null for a 시도"),
        Column("is_leaf", pa.bool_(), "whether no other 시군구 lies in it by the newest codes"),
        Column("valid_from", TEXT, "first day of the code; null: before the table begins"),
        Column("valid_to", TEXT, "last day of the code; null: still valid"),
        Column("predecessor", TEXTS, "codes it was made of"),
        Column("successor", TEXTS, "codes it became"),
        Column("short_names", TEXTS, "short forms of the name"),
        Column("iso_3166_2", TEXT, "ISO 3166-2 code of a 시도"),
        Column("lat", DOUBLE, "latitude of its middle", "°"),
        Column("lon", DOUBLE, "longitude of its middle", "°"),
        Column("coord_method", TEXT, "how that was found"),
        Column("nearest_asos", INT32, "stn_id of the ASOS station nearest to its middle"),
        Column("nearest_asos_km", DOUBLE, "how far that is", "km"),
        Column("note", TEXT, "what to mind"),
    ),
    sort=("code",),
    join="table",
)
