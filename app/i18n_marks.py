"""Marks sentences for translation where no request is at hand."""


def N_(message: str) -> str:
    """The message itself: marked for the catalogue, translated where it is shown."""
    return message
