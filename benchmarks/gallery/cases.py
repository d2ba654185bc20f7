"""The whole gallery."""

from __future__ import annotations

from benchmarks.gallery import faults_data, faults_pace, faults_signal, healthy
from benchmarks.gallery.case import GalleryCase


def all_cases() -> list[GalleryCase]:
    """Every case, sick ones first, in a fixed order."""
    return [*faults_signal.cases(), *faults_pace.cases(), *faults_data.cases(), *healthy.cases()]
