"""Numbers in sentences."""


def count_of(number: int, one: str, many: str) -> str:
    """`1 entry repeats`, `2 entries repeat`."""
    return f"{number:,} {one if number == 1 else many}"
