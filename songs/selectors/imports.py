"""Uploaded files of songs, as the people who may see them are shown them."""

from dataclasses import dataclass
from typing import Any

from django.tasks import TaskResultStatus

from core.exceptions import NotFound
from jobs.models import Job
from songs.models import SongImport, SongImportQuerySet

RECENT = 10


@dataclass(frozen=True)
class ImportProgress:
    """An upload and its job: `is_waiting` until a worker takes it, `has_failed` when no worker tries it again."""

    upload: SongImport
    is_waiting: bool
    has_failed: bool

    @property
    def is_over(self) -> bool:
        return self.has_failed or not self.upload.is_moving


def list_recent_imports(user: Any) -> SongImportQuerySet:
    """Return the last RECENT uploads that `user` may see, without their contents."""
    uploads = SongImport.objects.visible_to(user).defer("content", "found")
    return uploads.order_by("-created_at", "-pk")[:RECENT]


def get_import_progress(user: Any, pk: int) -> ImportProgress:
    """Return how far an upload is. Raises NotFound if there is none that `user` may see."""
    uploads = SongImport.objects.visible_to(user).select_related("user").defer("content")
    upload = uploads.filter(pk=pk).first()
    if upload is None:
        raise NotFound(str(SongImport.GONE))
    job = Job.objects.filter(pk=upload.job).first() if upload.is_moving and upload.job else None
    status = job and job.status
    return ImportProgress(upload, status == TaskResultStatus.READY, status == TaskResultStatus.FAILED)
