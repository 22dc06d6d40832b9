"""Land-use adjustment: plain dated records that make of one frozen park another."""

from __future__ import annotations

from twin.park.edits.carry_out import carry_out
from twin.park.edits.diff import Diff
from twin.park.edits.reading import Edits, edit_of, edits_as_yaml, read_edits
from twin.park.edits.records import KINDS, AnyEdit, Edit

__all__ = ["KINDS", "AnyEdit", "Diff", "Edit", "Edits", "carry_out", "edit_of", "edits_as_yaml", "read_edits"]
