"""What can go wrong in the world outside; a wrong argument is a `ValueError` instead."""


class VidSenseError(Exception):
    """Something outside the program failed. The message says what, the value and what would work."""


class SourceError(VidSenseError):
    """The video cannot be opened or holds no picture that can be decoded."""


class OutputError(VidSenseError):
    """A result cannot be written where it was asked for."""


class MissingExtraError(VidSenseError):
    """A part that is installed only on request is not there."""


class ModelError(VidSenseError):
    """A model cannot be loaded or used."""
