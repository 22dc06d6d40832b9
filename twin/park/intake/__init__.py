"""Any other park taken in: files read and mapped, geometry placed and mended, gaps estimated, or all of it refused."""

from __future__ import annotations

from twin.park.intake.importing import Intake, import_park, propose_mapping
from twin.park.intake.mapping import IntakeMapping, mapping_of, mapping_text, read_mapping
from twin.park.intake.report import IntakeRefusedError

__all__ = [
    "Intake",
    "IntakeMapping",
    "IntakeRefusedError",
    "import_park",
    "mapping_of",
    "mapping_text",
    "propose_mapping",
    "read_mapping",
]
