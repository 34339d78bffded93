"""A fleet file from an account: read-only, at the API's pace, and gone on with where it was interrupted."""

from rehearsal.export.exporting import Clients, Exporter, Scope
from rehearsal.export.journal import Journal, JournalFault
from rehearsal.export.pacing import Pacer
from rehearsal.export.pseudonyms import Pseudonyms

__all__ = ["Clients", "Exporter", "Journal", "JournalFault", "Pacer", "Pseudonyms", "Scope"]
