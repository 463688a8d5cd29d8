"""Names for other systems: made from ids alone, well formed, and never the same for two things."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from triage.urn import make_urn

if TYPE_CHECKING:
    from triage.pack import Pack


def test_a_name_is_a_uuid_that_never_changes(pack: Pack) -> None:
    # Written down here, since systems that hold answers know them by it.
    assert make_urn(pack) == "urn:uuid:9295c79f-703d-5e3d-afff-4b4f12f3fb86"
    assert make_urn(pack, "question", "stable") == "urn:uuid:631a79a8-3b00-5936-b91d-124084b38b33"
    assert UUID(make_urn(pack, "questions")).version == 5


def test_parts_have_names_of_their_own(pack: Pack) -> None:
    parts = [(), ("questions",), ("digest",), *(("question", name) for name in pack.question)]
    assert len({make_urn(pack, *part) for part in parts}) == len(parts)
