"""Settings of what is kept of predictions, where, and for how long."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from eventlog.opening import LOG_FOLDER

REPORT_SLACK_SECONDS = 300.0
"""Clients report settled regions in batches, some time after they have settled."""


class DataConfig(BaseModel):
    """Without folder or Redis nothing is kept: outcomes and settled states are counted, no more."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    folder: Path | None = Field(
        default=None,
        description="Folder of the event log, its keys and consents, for one server.",
    )
    redis: str | None = Field(
        default=None,
        description="Redis of keys, consents and watched regions, for several servers:"
        " `redis://HOST:PORT/0`. Neither folder nor Redis: nothing is kept.",
    )
    log: str | None = Field(
        default=None,
        description="Where servers that share a Redis write records: `kafka://HOST:PORT/NAME` or"
        " another Redis; unset: streams in that Redis.",
    )
    store: str | None = Field(
        default=None,
        description="Object store that the folder's sealed segments are copied to: `s3://BUCKET/PATH`"
        " and the like.",
    )
    master_key: str | None = Field(
        default=None,
        description="Key that wraps all others, `file:PATH` or `command:PROGRAM`; unset: a file in"
        " the folder. Several servers need it set.",
    )
    admin_token: str | None = Field(
        default=None,
        min_length=16,
        description="Bearer token that may speak for every user; unset: nobody may.",
    )
    policy_version: str = Field(
        default="1",
        min_length=1,
        max_length=64,
        description="Version of the data policy; consents to another one do not count.",
    )
    projects: str = Field(
        default="*",
        description="Projects that consent may be given for: comma-separated patterns with `*`.",
    )
    waived_repositories: str | None = Field(
        default=None,
        description="Repositories of your own whose licence does not matter: comma-separated"
        " patterns with `*`, against the repository's address.",
    )
    blocked_paths: str | None = Field(
        default=None,
        description="Files never to keep, besides those that never are: comma-separated patterns"
        " as in .gitignore.",
    )
    text_days: float = Field(
        default=30.0, gt=0.0, description="Days that recorded code is kept; its counts stay on."
    )
    counts_days: float = Field(default=400.0, gt=0.0, description="Days that counts are kept.")
    queue_mb: int = Field(
        default=32, ge=1, description="Records that wait for the disk, in MB; more are dropped."
    )
    min_free_mb: int = Field(
        default=256, ge=0, description="Free disk in MB below which no more code is recorded."
    )
    settle_seconds: float = Field(
        default=10.0,
        gt=0.0,
        description="Quiet time in seconds after which a predicted region has settled.",
    )
    settle_ttl_seconds: float = Field(
        default=300.0, gt=0.0, description="Longest time in seconds that a region is watched."
    )

    @property
    def log_folder(self) -> Path | None:
        """Of the event log, where this server has one of its own."""
        return None if self.folder is None else self.folder / LOG_FOLDER

    @property
    def mature_seconds(self) -> float:
        """Age of a prediction at which whatever is to become of it is on record."""
        return self.settle_seconds + self.settle_ttl_seconds + REPORT_SLACK_SECONDS

    def patterns(self, name: str) -> tuple[str, ...]:
        """A comma-separated field as its parts."""
        parts = (getattr(self, name) or "").split(",")
        return tuple(part.strip() for part in parts if part.strip())
