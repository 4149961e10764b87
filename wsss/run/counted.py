"""A number with its noun, in a message."""


def counted(number: int, one: str, several: str | None = None) -> str:
    """Such as "1 photo" or "3 photos"; `several` is a plural that is not `one` and an s."""
    return f"{number} {one if number == 1 else several or f'{one}s'}"
