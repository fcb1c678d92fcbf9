"""The primitives of SSH's wire format (RFC 4251 §5): strings with their length, whole numbers, big numbers."""

from __future__ import annotations

from certmark.trust.errors import TrustError


class Damaged(TrustError):
    """The bytes stop too early or announce what no key has; the caller says of what."""


class Reader:
    """Reads a stranger's bytes from the beginning; every method raises Damaged."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def rest(self) -> bytes:
        """What was not read yet."""
        return self._data[self._at :]

    def take(self, count: int) -> bytes:
        """Exactly `count` bytes."""
        piece = self._data[self._at : self._at + count]
        if len(piece) < count:
            raise Damaged("it stops in the middle")
        self._at += count
        return piece

    def number(self) -> int:
        """uint32."""
        return int.from_bytes(self.take(4), "big")

    def string(self) -> bytes:
        """A string: its length and its bytes."""
        return self.take(self.number())

    def text(self) -> str:
        """A string of ASCII."""
        try:
            return self.string().decode("ascii")
        except UnicodeDecodeError as error:
            raise Damaged("a name in it is no ASCII") from error

    def positive(self) -> int:
        """mpint, not negative and as short as can be: another form would be another key with the same number."""
        field = self.string()
        if (field and field[0] & 0x80) or (field[:1] == b"\0" and (len(field) == 1 or not field[1] & 0x80)):
            raise Damaged("a number in it is negative or padded")
        return int.from_bytes(field, "big")

    def end(self) -> None:
        """Nothing follows."""
        if self._at != len(self._data):
            raise Damaged("something follows what should be its end")


def string(value: bytes) -> bytes:
    """`value` with its length."""
    return len(value).to_bytes(4, "big") + value


def positive(value: int) -> bytes:
    """`value` as mpint."""
    return string(value.to_bytes(value.bit_length() // 8 + 1, "big") if value else b"")
