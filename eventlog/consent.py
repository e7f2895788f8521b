"""What every record with someone's code says of the permission to hold it."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field


class LicenseClass(StrEnum):
    """What the repository's licence allows."""

    PERMISSIVE = "permissive"
    """On the permissive list, by the repository's own files."""
    WAIVED = "waived"
    """An organisation's own code, which its policy allows to learn from."""
    OTHER = "other"
    UNKNOWN = "unknown"


class ConsentSnapshot(BaseModel):
    """The three keys as they were when the record was written; all absent by default."""

    model_config = ConfigDict(frozen=True, extra="allow")

    can_collect_data: bool = Field(default=False, description="What the client said.")
    consent_id: str | None = Field(default=None, description="Event id of the grant in force.")
    license_class: LicenseClass = LicenseClass.UNKNOWN
    license: str | None = Field(default=None, description="SPDX id, where one was recognised.")

    @property
    def is_complete(self) -> bool:
        """Whether all three keys are there. Nothing else may open a record's text."""
        allowed = (LicenseClass.PERMISSIVE, LicenseClass.WAIVED)
        return self.can_collect_data and bool(self.consent_id) and self.license_class in allowed
