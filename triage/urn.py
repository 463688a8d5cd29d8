"""Names for a pack and its parts in the files of other systems, which ask for names that nobody else uses.

A pack has no address on the web, and none is made up here: a name is a UUID made from ids (RFC 4122, version 5). It stays the
same over versions, since a version is told beside it; a pack that is called otherwise is another pack.
"""

from __future__ import annotations

from uuid import NAMESPACE_URL, uuid5

from triage.pack import Pack


def make_urn(pack: Pack, *parts: str) -> str:
    """The name of a pack, or of what stands at `parts` in it."""
    return uuid5(NAMESPACE_URL, ":".join(("vcf-triage", pack.id, *parts))).urn
