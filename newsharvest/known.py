"""What was met before, known again by its key: bounded, so that memory does not grow with the pages."""

from __future__ import annotations

from collections.abc import Callable, Hashable, ItemsView
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Known(Generic[K, V]):
    """The values of the keys that were asked for last, at most ``most`` of them; the one unasked for longest goes first.

    >>> known = Known[str, int](2)
    >>> [known.get(key, lambda: len(key)) for key in ("a", "bb", "a", "ccc")], known.find("bb"), known.find("a")
    ([1, 2, 1, 3], None, 1)
    """

    __slots__ = ("_most", "_values")

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: dict[K, V] = {}

    def find(self, key: K) -> V | None:
        """The value of a key; null where it is not known."""
        value = self._values.pop(key, None)
        if value is not None:
            self._values[key] = value
        return value

    def __contains__(self, key: object) -> bool:
        return key in self._values

    def __getitem__(self, key: K) -> V:
        value = self.find(key)
        if value is None:
            raise KeyError(key)
        return value

    def items(self) -> ItemsView[K, V]:
        """All keys and values."""
        return self._values.items()

    def put(self, key: K, value: V) -> None:
        """Remember a value."""
        self._values[key] = value
        if len(self._values) > self._most:
            del self._values[next(iter(self._values))]

    def get(self, key: K, make: Callable[[], V]) -> V:
        """The value of a key, made where it is not known; ``make`` is a function of the key alone."""
        value = self.find(key)
        if value is None:
            value = make()
            self.put(key, value)
        return value
