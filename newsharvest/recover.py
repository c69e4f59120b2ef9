"""Finishing what a killed run began: what is archived but not committed is parsed and landed, what was forgotten is gone."""

from __future__ import annotations

from newsharvest import forget
from newsharvest.archive import whole_until
from newsharvest.reparse import Report, land
from newsharvest.shards import parts, tail
from newsharvest.store import Store


def recover(store: Store) -> Report:
    """Land every whole record beyond the committed offsets, and advance them; nothing where all is committed.

    Hold the lock. A torn last record was never accepted: it is counted and left as it is. A killed `forget` is finished
    before anything is read: nobody lands what it had still to take away.
    """
    forget.finish(store.data)
    work, offsets = [], {}
    for path in sorted(store.data.archive.glob("*.warc.gz")):
        start = store.manifest.archive.get(path.name, 0)
        if path.stat().st_size > start:
            work += tail(path, start)
            offsets[path.name] = whole_until(path, start)
    behind = {name: end for name, end in offsets.items() if end > store.manifest.archive.get(name, 0)}
    if not behind:
        return Report(torn=[f"{name} at byte {end}" for name, end in offsets.items()])
    report = land(store, parts([shard for shard in work if shard.paths[0].name in behind], 1))
    store.commit({}, offsets=behind)
    return report
