"""In: names of codecs. Out: which of them this installation decodes."""

from collections.abc import Iterable

import av
from av.codec import Codec


def decodable(codecs: Iterable[str]) -> dict[str, bool]:
    """For each codec, by FFmpeg's name, whether there is a decoder."""
    return {codec: has_decoder(codec) for codec in codecs}


def has_decoder(codec: str) -> bool:
    """Whether there is a decoder for this codec.

    >>> has_decoder("h264"), has_decoder("betamax")
    (True, False)
    """
    try:
        Codec(codec, "r")
    except av.codec.codec.UnknownCodecError:
        return False
    return True
